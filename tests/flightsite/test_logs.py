import json
import logging
import logging.config

import pytest
import structlog

from flightsite import logs
from tests.conftest import CANARY_KEY


@pytest.fixture(autouse=True)
def _configured_as_before():
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


def rendered(level, event, *, readable, exc_info=None):
    """The line that the formatter of the configuration makes of a record of the standard library."""
    made = dict(logs.configuration(readable=readable)["formatters"]["line"])
    formatter = made.pop("()")(**made)
    return formatter.format(logging.LogRecord("ingestion", level, __file__, 1, event, (), exc_info))


def test_a_line_of_production_is_json_with_level_logger_and_utc_time():
    line = json.loads(rendered(logging.WARNING, "page refused", readable=False))
    assert (line["event"], line["level"], line["logger"]) == ("page refused", "warning", "ingestion")
    assert line["timestamp"].endswith("Z")


def test_a_line_on_a_terminal_is_plain_text():
    line = rendered(logging.WARNING, "page refused", readable=True)
    assert "page refused" in line
    assert "\x1b[" not in line


def fail(access_key):
    raise ValueError(f"a key of {len(access_key)} characters")


@pytest.mark.parametrize("readable", [True, False])
def test_a_traceback_is_told_in_both_forms_without_the_values_of_local_names(readable):
    with pytest.raises(ValueError, match="a key") as caught:
        fail(CANARY_KEY)
    told = (caught.type, caught.value, caught.tb)
    line = rendered(logging.ERROR, "failed", readable=readable, exc_info=told)
    assert "ValueError: a key of 32 characters" in line
    assert CANARY_KEY not in line


@pytest.mark.parametrize("name", ["httpx", "httpcore"])
def test_the_loggers_that_write_whole_urls_are_kept_at_warning(name):
    assert logs.configuration(readable=False)["loggers"][name] == {"level": "WARNING"}


def test_a_structlog_event_reaches_the_standard_logger_with_its_fields(caplog):
    logs.configuration(readable=False)
    with caplog.at_level(logging.INFO, "events"):
        structlog.get_logger("events").info("slot closed", slot="2026-11-24T04Z")
    assert caplog.records[0].msg["slot"] == "2026-11-24T04Z"
