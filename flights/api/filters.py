"""The filters of each list: their parameters and the conditions that they make."""

import re
from datetime import date
from typing import Any

from flights import slots
from flights.api import flight_filters
from flights.api.parameters import DATE_PATTERN, Parameter, choice, day, echo, matching, read_day, whole_number
from flights.api.problems import BadParameters, Fault
from flights.comparison import Change
from flights.delays import GROUPS
from flights.errors import BadSlot
from flights.evidence import EXCLUDED, USED
from flights.queries import DEFAULT_DAYS, days_before
from flights.records import SlotState

MOST_FLIGHT_DAYS = 31
MOST_SLOT_DAYS = 92
MOST_DELAY_DAYS = 7
DEFAULT_SLOT_DAYS = 14
DEFAULT_LIMIT = 100
MOST_ROWS = 1000


_SLOT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}Z)?$"


def _read_slot(text: str) -> str:
    if not re.fullmatch(_SLOT_PATTERN, text):
        raise ValueError(f"{echo(text)} is no slot")
    try:
        slots.parse_slot(text)
    except BadSlot as error:
        raise ValueError(f"{text} is no slot: not in the calendar") from error
    return text


def _slot(name: str, description: str) -> Parameter:
    valid = "a slot such as 2026-11-24T04Z, or a day fetched afterwards such as 2026-11-20"
    return Parameter(name, description, valid, {"type": "string", "pattern": _SLOT_PATTERN}, _read_slot)


SLOT = _slot(
    "slot",
    "Answer with what this slot said (its observations) instead of the latest state. Not together with dates.",
)
_DAYS = (
    day("flight_date", "Local date of the scheduled departure: one day."),
    day(
        "flight_date_from",
        f"First local departure date, with `flight_date_to`; at most {MOST_FLIGHT_DAYS} days. "
        f"Without slot and dates: the newest {DEFAULT_DAYS} days known.",
    ),
    day("flight_date_to", "Last local departure date, included."),
)
PAGING = (
    whole_number("limit", 1, MOST_ROWS, "Most rows on a page.", default=DEFAULT_LIMIT),
    matching(
        "cursor",
        r"^[A-Za-z0-9_-]{1,300}$",
        "the cursor in `next` of the page before, with the same filters",
        "Where to go on; take it from `next`.",
    ),
)
SLOT_FLIGHTS = (*flight_filters.CONDITIONS, flight_filters.FIELDS, flight_filters.AS_OF, flight_filters.COUNT, *PAGING)
FLIGHTS = (SLOT, *_DAYS, flight_filters.CHANGED_SINCE, *SLOT_FLIGHTS)
FLIGHT = (flight_filters.FIELDS, flight_filters.AS_OF)
HISTORY = (*FLIGHT, *PAGING)
_SLOT_DAYS = (
    day("from", f"First date (UTC); default: {DEFAULT_SLOT_DAYS} days up to `to`. At most {MOST_SLOT_DAYS} days."),
    day("to", "Last date (UTC), included; default: today."),
)
SLOTS = (*_SLOT_DAYS, choice("state", SlotState, "State of the slot."), *PAGING)
SERIES = (*_SLOT_DAYS, *PAGING)
INDICATOR = matching(
    "indicator", r"^[A-Za-z0-9_]{1,60}$", "the id of an indicator such as airline_most_active", "Id of an indicator."
)
EVIDENCE = (
    choice("use", (USED, EXCLUDED), f"Flights that were {USED} (default), or those that were {EXCLUDED}."),
    matching(
        "group",
        r"^[A-Za-z0-9_|-]{1,40}$",
        "a group as the evidence names it, such as AFR or EU",
        "Only flights that were counted under this group.",
    ),
    matching(
        "reason",
        r"^[a-z-]{1,40}$",
        "a reason as the answer's `excluded` names it, such as no-position",
        "Only flights that were left out for this reason; implies `use=excluded`.",
    ),
    *PAGING,
)
COMPARE = (
    _slot("a", "The first slot."),
    _slot("b", "The second slot."),
    choice("change", [each for each in Change if each is not Change.SAME], "Only flights with this change."),
    *PAGING,
)
_OF_DELAYS = ("airline", "operating_airline", "airport", "dep", "arr", "route")
DELAYS = (
    choice("by", GROUPS, "How delays are grouped; default: airline."),
    day("from", "First local departure date; default: the same as `to`."),
    day(
        "to",
        "Last local departure date, included; default: the newest date known. "
        f"At most {MOST_DELAY_DAYS} days, or {MOST_FLIGHT_DAYS} with a filter on airline or airport.",
    ),
    *(each for each in flight_filters.CONDITIONS if each.name in _OF_DELAYS),
    whole_number("limit", 1, MOST_ROWS, "Most groups; those with most flights are shown.", default=DEFAULT_LIMIT),
)
FLIGHT_ID = matching(
    "flight_id",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{4}(-[A-Za-z0-9]{1,12}){3}$",
    "a flight id such as 2026-11-24T0615-LYS-CDG-AF7641",
    "Local departure date and time, leg, operating flight: `2026-11-24T0615-LYS-CDG-AF7641`.",
    upper=True,
)
DATE = Parameter(
    "date",
    "Date of the slot (UTC).",
    "a date such as 2026-11-24",
    {"type": "string", "format": "date", "pattern": DATE_PATTERN},
    read_day,
)


_HOUR_PATTERN = r"^([01]?[0-9]|2[0-3])$"


def _read_hour(text: str) -> int:
    if not re.fullmatch(_HOUR_PATTERN, text):
        raise ValueError(f"{echo(text)} is no hour")
    return int(text)


HOUR = Parameter(
    "hour",
    "Hour of the slot (UTC), `04` or `4`.",
    "an hour from 00 to 23",
    {"type": "string", "pattern": _HOUR_PATTERN},
    _read_hour,
)


def flight_days(values: dict[str, Any]) -> tuple[date, date] | None:
    """The departure dates asked for, None when none are; raises BadParameters when they contradict each other."""
    given = [name for name in ("flight_date", "flight_date_from", "flight_date_to") if name in values]
    if given and "slot" in values:
        raise _fault("slot", f"given together with {given[0]}", "Give a slot or dates, not both.")
    if not given:
        return None
    if given == ["flight_date"]:
        return values["flight_date"], values["flight_date"]
    if given != ["flight_date_from", "flight_date_to"]:
        hint = "Give flight_date alone, or flight_date_from and flight_date_to together."
        raise _fault(given[0], "does not make a range of dates", hint)
    days = values["flight_date_from"], values["flight_date_to"]
    _check_span("flight_date_to", days, MOST_FLIGHT_DAYS)
    return days


def slot_days(values: dict[str, Any], today: date) -> tuple[date, date]:
    """The dates whose slots are asked for; raises BadParameters when there are too many or none."""
    last = values.get("to", max(today, values.get("from", today)))
    first = values.get("from", days_before(last, DEFAULT_SLOT_DAYS - 1))
    _check_span("to", (first, last), MOST_SLOT_DAYS)
    return first, last


def delay_days(values: dict[str, Any], newest: date) -> tuple[date, date]:
    """The departure dates whose delays are asked for; raises BadParameters when there are too many or none."""
    last = values.get("to", values.get("from", newest))
    first = values.get("from", last)
    filtered = any(name in values for name in _OF_DELAYS)
    _check_span("to", (first, last), MOST_FLIGHT_DAYS if filtered else MOST_DELAY_DAYS)
    return first, last


def evidence_wanted(values: dict[str, Any]) -> tuple[str, str | None]:
    """Used or excluded flights, and the group or reason; raises BadParameters when they contradict each other."""
    if "reason" in values and ("group" in values or values.get("use") == USED):
        raise _fault(
            "reason", "given for flights that were used", "Give `group` for those, `reason` for excluded ones."
        )
    if "group" in values and values.get("use") == EXCLUDED:
        raise _fault("group", "given for flights that were excluded", "Give `reason` for those.")
    if "reason" in values:
        return EXCLUDED, values["reason"]
    return values.get("use", USED), values.get("group")


def _check_span(name: str, days: tuple[date, date], most: int) -> None:
    span = (days[1] - days[0]).days + 1
    if span < 1:
        raise _fault(name, "lies before the first date", "Swap the two dates.")
    if span > most:
        raise _fault(name, f"{span} days are asked for", f"At most {most} days: ask for parts.")


def _fault(name: str, detail: str, hint: str) -> BadParameters:
    return BadParameters(Fault(parameter=name, detail=detail, hint=hint))
