"""The rows of a slot counted from the upstream's own bytes: what identity and sums must come to. Pure.

Written from the README of the upstream alone and sharing no code with the pipeline, so that both must agree.
"""

import json


def count_rows(bodies: list[bytes]) -> dict[str, int]:
    """The figures of a slot whose pages these are. On plain pages only rows without any flight code are unusable."""
    rows = [rows_of(body) for body in bodies]
    pages = [[movement(row) for row in page if _flown(row)] for page in rows]
    received = sum(map(len, rows))
    usable = sum(map(len, pages))
    published = sum(len(set(page)) for page in pages)
    stored = len({each for page in pages for each in page})
    return {
        "rows_received": received,
        "rows_merged": usable - published,
        "rows_rejected": received - usable,
        "published": published,
        "stored": stored,
        "repeated": published - stored,
        "unstored": 0,
    }


def unusable_rows(bodies: list[bytes]) -> list[dict]:
    return [row for body in bodies for row in rows_of(body) if not _flown(row)]


def rows_of(body: bytes) -> list[dict]:
    return json.loads(body)["data"]


def movement(row: dict) -> tuple[str, str, str, str]:
    """Departure on the airport's clock, both airports, and the flight that flies, whoever sells it."""
    departure, arrival = row["departure"], row["arrival"]
    return departure["scheduled"][:16], _place(departure), _place(arrival), _flown(row)


def _place(end: dict) -> str:
    return (end["iata"] or end["icao"]).upper()


def _flown(row: dict) -> str:
    shared = row["flight"]["codeshared"]
    if shared:
        told = shared["flight_iata"], shared["flight_icao"], shared["airline_iata"], shared["flight_number"]
    else:
        flight = row["flight"]
        told = flight["iata"], flight["icao"], row["airline"]["iata"], flight["number"]
    iata, icao, airline, number = told
    return (iata or icao or (f"{airline}{number}" if number else "")).upper()
