"""One closing of a slot in an address: `r0.s1` is revision 0 of the slot, written by schema 1 of the files."""

import re

from flights.api.lookups import check_observations
from flights.api.parameters import Parameter, echo
from flights.api.problems import ApiError
from flights.documents import Document
from flights.exports.columns import SCHEMA_VERSION

_PATTERN = r"^r[0-9]{1,6}\.s[0-9]{1,4}$"


def _read(text: str) -> tuple[int, int]:
    if not re.fullmatch(_PATTERN, text, re.ASCII):
        raise ValueError(f"{echo(text)} is no closing")
    revision, _, schema = text.partition(".")
    return int(revision[1:]), int(schema[1:])


CLOSING = Parameter(
    "closing",
    "One closing of the slot, and the version of the files' columns: revision 0, schema 1.",
    f"a closing such as r0.s{SCHEMA_VERSION}; the manifest names the present one",
    {"type": "string", "pattern": _PATTERN},
    _read,
)


def closing_of(slot: Document) -> str:
    """The present closing, as addresses name it."""
    return f"r{slot['revision']}.s{SCHEMA_VERSION}"


def check_closed(slot: Document, manifest: str) -> None:
    """Raises a 409 for a slot that is open, or never was collected, a 410 for one whose observations were removed."""
    check_observations(slot)
    if slot["closed_at"] is None:
        told = f": {slot['reason']}" if slot.get("reason") else ""
        hint = f"There are files once it is closed. What is there so far: {manifest.rsplit('.', 2)[0]}"
        raise ApiError(409, f"Slot {slot['_id']} is {slot['state']}, so it has no file yet{told}.", hint)


def check_present(slot: Document, asked: tuple[int, int], manifest: str) -> None:
    """Raises a 410 for a closing that was replaced, a 404 for one that is still to come."""
    revision, schema = asked
    if asked == (slot["revision"], SCHEMA_VERSION):
        return
    hint = f"The present one is {closing_of(slot)}; its files are named by {manifest}"
    if revision <= slot["revision"] and schema <= SCHEMA_VERSION:
        raise ApiError(410, f"r{revision}.s{schema} of slot {slot['_id']} was replaced.", hint)
    raise ApiError(404, f"Slot {slot['_id']} has no r{revision}.s{schema}.", hint)
