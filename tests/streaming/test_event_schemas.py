"""docs/events.md against the messages: its schemas accept what is sent, refuse what is not, and name every field."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, ValidationError

from flights.records import (
    Aircraft,
    FlightEnd,
    FlightRecord,
    FlightStatus,
    LivePosition,
    Moment,
    Operating,
    Reconstruction,
    SlotSummary,
    SourceDay,
    TimeQuality,
)
from streaming import events
from streaming.events import SlotEnded, decode, ended_messages, observed_message, refused_message
from tests.factories import OBSERVED, a_record
from tests.generated import records
from tests.streaming.test_events import MARKER, OBSERVATION, SUMMARY, changed

DOC = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
BLOCKS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)]
SCHEMAS = {block["title"]: block for block in BLOCKS if "$schema" in block}
EXAMPLES = [block for block in BLOCKS if "$schema" not in block]
FLIGHT, SLOT = SCHEMAS[events.OBSERVED], SCHEMAS[events.ENDED]
RAISED = r'(?:RefusedMessage|InvalidRow)\(\s*"([a-z-]+)"'
HEADERS, DEAD_LETTER = SCHEMAS["headers"], SCHEMAS["dead letter headers"]


def check(schema, told):
    """Raises ValidationError; formats are checked as well."""
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(told)


def headers_of(message):
    return {name: value.decode() for name, value in message.headers}


@pytest.mark.parametrize("title", SCHEMAS)
def test_the_schemas_of_the_document_are_schemas(title):
    Draft202012Validator.check_schema(SCHEMAS[title])


def test_the_document_has_a_schema_and_an_example_for_each_message():
    assert set(SCHEMAS) == {"headers", events.OBSERVED, events.ENDED, "dead letter headers"}
    assert len(EXAMPLES) == 3


@settings(deadline=None, max_examples=60)
@given(records())
def test_every_observation_fits_its_schema(record):
    check(FLIGHT, json.loads(observed_message(record).value))


@pytest.mark.parametrize("marker", ended_messages(SUMMARY, 6, OBSERVED), ids=lambda marker: f"{marker.partition}")
def test_every_marker_fits_its_schema(marker):
    check(SLOT, json.loads(marker.value))


def test_a_marker_of_a_slot_that_is_not_whole_fits_too():
    summary = msgspec.structs.replace(SUMMARY, rows_announced=None, backfill=True, shortfall="quota", slot="2026-11-24")
    check(SLOT, json.loads(ended_messages(summary, 1, OBSERVED)[0].value))


def test_what_a_reconstructed_slot_sends_fits_too():
    told = Reconstruction(
        method="a method",
        told="in words",
        at=OBSERVED,
        instead_of="missed: nothing ran",
        days=(SourceDay(date="2026-11-20", run=None),),
        unplaced=1,
        without_arrival=0,
        diverted=0,
        caveats=("a caveat",),
    )
    check(SLOT, json.loads(ended_messages(msgspec.structs.replace(SUMMARY, reconstruction=told), 1, OBSERVED)[0].value))
    inferred = json.loads(observed_message(a_record(status_inferred=True)).value)
    check(FLIGHT, inferred)
    assert inferred["status_inferred"] is True


@pytest.mark.parametrize("message", [OBSERVATION, MARKER])
def test_the_headers_of_every_message_fit_their_schema(message):
    check(HEADERS, headers_of(message))


def test_the_headers_of_a_dead_letter_fit_their_schema():
    check(DEAD_LETTER, headers_of(refused_message("bad-slot", "no slot", "flights.observed/3/1207", b"{")))


@pytest.mark.parametrize(
    "changes",
    [
        {"flight_id": "AF7641"},
        {"slot": "today"},
        {"status": "delayed"},
        {"row": -1},
        {"first_seen": "2026-11-24T04:00:09"},
        {"departure": None},
        {"departure__scheduled": "2026-11-24T06:15:00+00:00"},
        {"departure__scheduled__quality": "fine"},
        {"live": {"latitude": 90.5}},
        {"marketed_as": "DL8301"},
        {"operating_row": "yes"},
    ],
)
def test_a_broken_observation_does_not_fit(changes):
    with pytest.raises(ValidationError):
        check(FLIGHT, json.loads(changed(OBSERVATION, **changes)))


@pytest.mark.parametrize("field", FLIGHT["required"])
def test_an_observation_without_a_required_field_does_not_fit(field):
    told = json.loads(OBSERVATION.value)
    del told[field]
    with pytest.raises(ValidationError):
        check(FLIGHT, told)


@pytest.mark.parametrize(
    "changes",
    [{"partition": -1}, {"summary": None}, {"summary__published": "all"}, {"summary__slot": "2026-11-24T4Z"}],
)
def test_a_broken_marker_does_not_fit(changes):
    with pytest.raises(ValidationError):
        check(SLOT, json.loads(changed(MARKER, **changes)))


@pytest.mark.parametrize(
    "changes", [{"ce_type": "flightsite.flight.observed.v2"}, {"ce_specversion": "0.3"}, {"ce_id": ""}]
)
def test_other_headers_do_not_fit(changes):
    with pytest.raises(ValidationError):
        check(HEADERS, headers_of(OBSERVATION) | changes)


@pytest.mark.parametrize(
    ("schema", "struct"),
    [
        (FLIGHT, FlightRecord),
        (FLIGHT["$defs"]["FlightEnd"], FlightEnd),
        (FLIGHT["$defs"]["Moment"], Moment),
        (FLIGHT["$defs"]["Operating"], Operating),
        (FLIGHT["$defs"]["Aircraft"], Aircraft),
        (FLIGHT["$defs"]["LivePosition"], LivePosition),
        (SLOT, SlotEnded),
        (SLOT["$defs"]["SlotSummary"], SlotSummary),
        (SLOT["$defs"]["Reconstruction"], Reconstruction),
        (SLOT["$defs"]["SourceDay"], SourceDay),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_schema_has_exactly_the_fields_of_its_struct(schema, struct):
    fields = msgspec.structs.fields(struct)
    assert list(schema["properties"]) == [field.name for field in fields]
    assert schema["required"] == [field.name for field in fields if field.required]


def test_the_schema_knows_every_status_and_every_quality():
    assert FLIGHT["properties"]["status"]["enum"] == list(FlightStatus)
    assert FLIGHT["$defs"]["Moment"]["properties"]["quality"]["enum"] == list(TimeQuality)


def test_the_table_of_reasons_and_the_schema_name_the_same_ones_as_the_code():
    table = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \|$", DOC.split("## Dead letters")[1], re.MULTILINE)
    raised = re.findall(r'RefusedMessage\(\s*"([a-z-]+)"', Path(events.__file__).read_text())
    assert sorted(table[1:]) == sorted(DEAD_LETTER["properties"]["reason"]["enum"]) == sorted(set(raised))


def test_the_operators_are_told_what_every_reason_means():
    """Those of rows and of messages: a reason is refused somewhere, so somebody will ask."""
    root = Path(__file__).parents[2]
    sources = [Path(events.__file__), *(root / "ingestion").glob("*.py")]
    raised = {reason for file in sources for reason in re.findall(RAISED, file.read_text())}
    section = (root / "docs" / "operations.md").read_text().split("## Dead letters")[1].split("### Redriving")[0]
    assert {"wrong-type", "not-json", "bad-slot"} < raised
    assert raised == set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", section))


def test_the_example_of_an_observation_is_one_that_the_consumer_takes():
    check(FLIGHT, EXAMPLES[0])
    assert decode(json.dumps(EXAMPLES[0]).encode(), OBSERVATION.headers).flight_id == a_record().flight_id


def test_the_example_of_a_marker_is_the_marker_itself():
    assert EXAMPLES[1] == json.loads(MARKER.value)


def test_the_example_of_a_dead_letter_fits_its_schema():
    check(DEAD_LETTER, EXAMPLES[2])


@pytest.mark.parametrize("fact", ["flights.observed", "flights.dead-letter", "256 KiB", "7 days", "six partitions"])
def test_the_document_names_topics_and_bounds(fact):
    assert fact in DOC
