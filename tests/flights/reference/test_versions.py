"""Versions in the store: whole, never changed, the newest is the current one."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from msgspec.structs import replace

from flights import store
from flights.errors import StoreUnavailable
from flights.reference import packaged, versions
from flights.reference.entities import Miss
from tests.references import NOW, SMALL, TWINS

pytestmark = pytest.mark.usefixtures("own_versions")


@pytest.fixture
def small(monkeypatch):
    """A release with a table or two of one row."""
    monkeypatch.setattr(packaged, "packaged_tables", lambda: SMALL)


def test_a_version_comes_back_as_it_was_kept():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert versions.tables_of("test-1") == SMALL


def test_two_airlines_of_one_code_are_both_kept():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert versions.tables_of("test-1").airlines == TWINS
    assert versions.reference("test-1").airline(None, "TYR") is Miss.AMBIGUOUS


def test_rows_are_inserted_before_the_document_that_makes_them_a_version(monkeypatch):
    written = []
    insert = store.insert_new
    monkeypatch.setattr(store, "insert_new", lambda name, rows: written.append(name) or insert(name, rows))
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert written[-1] == store.REFERENCE_VERSIONS
    assert len(written) == 6


def test_a_load_that_was_killed_is_completed(small, monkeypatch):
    insert = store.insert_new

    def killed_at_airlines(name, rows):
        if name == store.REFERENCE_AIRLINES:
            raise StoreUnavailable("gone")
        return insert(name, rows)

    monkeypatch.setattr(store, "insert_new", killed_at_airlines)
    with pytest.raises(StoreUnavailable):
        versions.load_packaged(NOW)
    monkeypatch.setattr(store, "insert_new", insert)
    assert versions.tables_of(versions.load_packaged(NOW)) == SMALL


def test_loading_again_changes_nothing(small):
    version = versions.load_packaged(NOW)
    again = versions.load_packaged(NOW + timedelta(days=1))
    assert again == version
    assert store.find_one(store.REFERENCE_VERSIONS, version)["made_at"] == NOW


def test_a_packaged_version_is_named_by_day_and_content(small):
    assert versions.load_packaged(NOW) == f"packaged-{packaged.built_on()}-{packaged.digest(SMALL)}"


def test_the_version_made_last_is_current():
    versions.keep("test-b", SMALL, now=NOW, source="packaged")
    versions.keep("test-a", SMALL, now=NOW + timedelta(days=1), source="synced", parent="test-b")
    assert versions.current_version() == "test-a"
    assert versions.current(NOW).version == "test-a"


def test_a_newer_version_does_not_change_an_older_one():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    versions.keep("test-10", replace(SMALL, airlines=()), now=NOW, source="synced")
    assert versions.tables_of("test-1") == SMALL
    assert versions.reference("test-10").sizes["airlines"] == 0


def test_an_airport_removed_from_the_store_is_not_known_afterwards():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    store.collection(store.REFERENCE_AIRPORTS).delete_one({"_id": "test-1|LYS"})
    versions.forget()
    assert versions.current(NOW).airport("LYS", "LFLL") is Miss.UNKNOWN


def test_a_version_is_read_once_in_a_process():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert versions.current(NOW) is versions.current(NOW)


def shown(*words):
    out = StringIO()
    call_command("reference", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_shows_versions_with_sizes():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert shown().startswith("test-1: current, made 2126-01-01 00:00 UTC, 1 countries, 1 airports, 2 airlines")


def test_the_command_tells_found_ambiguous_and_unknown_apart():
    versions.keep("test-1", SMALL, now=NOW, source="packaged")
    assert "airport: code LYS, iata LYS, icao LFLL" in shown("--find", "lyon")
    assert "airline: ambiguous: TYR (Twin T1), TYR (Twin T2)" in shown("--find", "tyr")
    assert "airline: unknown; near: twin t2" in shown("--find", "twin t3")
    assert "aircraft type: unknown\n" in shown("--find", "lyon")


def test_the_command_says_when_nothing_is_loaded(monkeypatch):
    monkeypatch.setattr(versions, "versions", list)
    with pytest.raises(CommandError, match="prepare"):
        shown()


def test_the_command_says_that_the_store_is_down(down):
    down("mongodb")
    with pytest.raises(CommandError, match="MongoDB does not answer"):
        shown()
