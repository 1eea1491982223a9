"""The collections of MongoDB: their names, indexes, expiries, and what documents of earlier versions lack. Pure."""

from typing import Any

Document = dict[str, Any]

ASCENDING, DESCENDING = 1, -1

FLIGHTS = "flights"
OBSERVATIONS = "observations"
CHANGES = "changes"
SLOTS = "slots"
PAGES = "pages"
DEAD_LETTERS = "dead_letters"
DEAD_LETTER_REASONS = "dead_letter_reasons"
INDICATORS = "indicators"
REFERENCE_VERSIONS = "reference_versions"
REFERENCE_COUNTRIES = "reference_countries"
REFERENCE_AIRPORTS = "reference_airports"
REFERENCE_AIRLINES = "reference_airlines"
REFERENCE_AIRCRAFT_TYPES = "reference_aircraft_types"
REFERENCE_AIRFRAMES = "reference_airframes"

# A slot of `observations` and a day of `flights` are ranges of `_id`; these serve what crosses slots and days.
INDEXES: dict[str, list[list[tuple[str, int]]]] = {
    FLIGHTS: [
        [("carriers", ASCENDING), ("_id", ASCENDING)],
        [("departure.iata", ASCENDING), ("_id", ASCENDING)],
        [("arrival.iata", ASCENDING), ("_id", ASCENDING)],
        [("numbers", ASCENDING), ("_id", ASCENDING)],
        [("codes.departures", ASCENDING), ("_id", ASCENDING)],
        [("codes.arrivals", ASCENDING), ("_id", ASCENDING)],
        [("codes.airports", ASCENDING), ("_id", ASCENDING)],
        [("codes.aircraft", ASCENDING), ("_id", ASCENDING)],
    ],
    OBSERVATIONS: [[("flight_id", ASCENDING), ("_id", ASCENDING)]],
    CHANGES: [[("at", ASCENDING), ("_id", ASCENDING)]],
    SLOTS: [],
    PAGES: [[("letters", ASCENDING)]],
    DEAD_LETTERS: [
        [("state", ASCENDING), ("reason", ASCENDING), ("last_seen", DESCENDING)],
        [("state", ASCENDING), ("last_seen", DESCENDING)],
    ],
    DEAD_LETTER_REASONS: [],
    INDICATORS: [[("slot", ASCENDING), ("_id", ASCENDING)]],
    REFERENCE_VERSIONS: [],
    REFERENCE_COUNTRIES: [],
    REFERENCE_AIRPORTS: [],
    REFERENCE_AIRLINES: [],
    REFERENCE_AIRCRAFT_TYPES: [],
    REFERENCE_AIRFRAMES: [],
}
# Collection, date and days after which a document is removed.
CHANGE_DAYS = 31
EXPIRIES = [(DEAD_LETTERS, "closed_at", 90), (CHANGES, "at", CHANGE_DAYS)]
# Fields that documents of earlier versions lack: collection, which documents, what they get.
UPGRADES: list[tuple[str, Document, Document]] = [
    (SLOTS, {"revision": None, "closed_at": None}, {"revision": -1}),
    (SLOTS, {"revision": None, "closed_at": {"$ne": None}}, {"revision": 0}),
    (DEAD_LETTERS, {"state": None}, {"state": "open", "kind": "earlier", "version": "not noted", "closed_at": None}),
]
