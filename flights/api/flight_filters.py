"""What can be asked of flights: their conditions, and which part, which past and which total of them is wanted."""

from datetime import date, datetime
from typing import Any

from flights.api import fields, instants
from flights.api.parameters import Parameter, choice, matching, several, text, whole_number
from flights.api.problems import BadParameters, Fault
from flights.as_known import MOST_DAYS
from flights.changes import KEPT
from flights.records import FlightStatus

MOST_MINUTES = 10_000
ESTIMATE, EXACT = "estimate", "exact"


def _airline(name: str, description: str) -> Parameter:
    return text(name, "an IATA or ICAO code or a name, such as AF, AFR or Air France", description)


def _airport(name: str, description: str) -> Parameter:
    valid = "an IATA or ICAO code, or the name of one airport, such as LYS, LFLL or Nice"
    return text(name, valid, description)


def _late(name: str, end: str) -> Parameter:
    description = f"Only flights whose {end} was more than so many minutes late, computed from the times."
    return whole_number(name, -MOST_MINUTES, MOST_MINUTES, description)


CONDITIONS = (
    several("status", FlightStatus, "Status of the flight; `unknown` when the upstream said something else."),
    _airline("airline", "Airline, operating or marketing."),
    _airline("operating_airline", "Airline that flies it."),
    _airline("marketing_airline", "Airline that sells it under a number of its own while another flies it."),
    _airport("airport", "Airport at either end."),
    _airport("dep", "Departure airport."),
    _airport("arr", "Arrival airport."),
    matching(
        "route",
        r"^[A-Za-z0-9]{3,4}-[A-Za-z0-9]{3,4}$",
        "two airport codes, from and to, such as LYS-CDG",
        "Departure and arrival airport by IATA or ICAO code.",
        upper=True,
    ),
    text(
        "aircraft",
        "a registration, a 24-bit address in hexadecimal, or a type by code or name, such as A320",
        "The airframe, or its type.",
    ),
    matching(
        "flight_number",
        r"^[A-Za-z0-9]{2,12}$",
        "a flight number with its carrier and without spaces, such as AF7641",
        "Any number that the movement is flown or sold under.",
        upper=True,
    ),
    _late("departure_delay_over", "departure"),
    _late("arrival_delay_over", "arrival"),
)
FIELDS = fields.PARAMETER
AS_OF = instants.instant(
    "as_of",
    "What was known at this instant, from the observations that had been collected by then. "
    f"A list also wants a slot, or dates ({MOST_DAYS} days at most).",
)
CHANGED_SINCE = instants.since(
    "changed_since",
    "Flights that were written since then, as they are now, in the order in which they were written; "
    f"{KEPT.days} days back at most. Go on with `meta.changes_cursor`.",
)
COUNT = choice(
    "count", (ESTIMATE, EXACT), "Also tell in `meta.total` how many there are; exact counting stops at a bound."
)


def plain_conditions(values: dict[str, Any]) -> dict[str, Any]:
    """What a flight's document must hold for the filters that need no reference tables."""
    conditions: dict[str, Any] = {}
    if "status" in values:
        conditions["status"] = {"$in": list(values["status"])}
    if "flight_number" in values:
        conditions["numbers"] = values["flight_number"]
    for end in ("departure", "arrival"):
        if (minutes := values.get(f"{end}_delay_over")) is not None:
            conditions[f"{end}_delay_min"] = {"$gt": minutes}
    return conditions


def check_together(values: dict[str, Any], days: tuple[date, date] | None, now: datetime) -> None:
    """Raises BadParameters for what cannot be asked together, or not of a list."""
    if "changed_since" in values:
        _check_alone("changed_since", values, ("slot", "as_of", "cursor", "count"))
        check_past("changed_since", values["changed_since"].at, now)
    if "as_of" not in values:
        return
    check_past("as_of", values["as_of"], now)
    _check_alone("as_of", values, ("count",))
    if "slot" in values:
        return
    hint = f"Give a slot, or flight_date, or a range of at most {MOST_DAYS} days: each flight is put together anew."
    if days is None:
        raise _fault("as_of", "given without a slot and without dates", hint)
    if (days[1] - days[0]).days >= MOST_DAYS:
        raise _fault("as_of", f"given for {(days[1] - days[0]).days + 1} days", hint)


def check_past(name: str, instant: datetime, now: datetime) -> None:
    if instant > now:
        raise _fault(name, "lies in the future", f"It is {now:%Y-%m-%dT%H:%M:%SZ} here.")


def _check_alone(name: str, values: dict[str, Any], others: tuple[str, ...]) -> None:
    for other in others:
        if other in values:
            hint = "Page on by `next` instead." if other == "cursor" else "Leave one of the two out."
            raise _fault(name, f"given together with {other}", hint)


def _fault(name: str, detail: str, hint: str) -> BadParameters:
    return BadParameters(Fault(parameter=name, detail=detail, hint=hint))
