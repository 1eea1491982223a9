"""The admin's lists of the current version."""

import pytest
from django.urls import reverse

from flights.reference import versions
from tests.references import NOW, SMALL

pytestmark = [pytest.mark.django_db(databases=["default", "mongodb"]), pytest.mark.usefixtures("own_versions")]
NOTES = {
    "sync": "2126-01-01.01",
    "rows": {"airlines": 7},
    "added": {"airlines": 2},
    "left_out": {"no-name": 3},
    "disagreements": 1,
    "first_disagreements": [{"table": "airports", "code": "ABI", "what": "country", "kept": "US", "told": "AD"}],
    "unknown_types": [["7ZZ", 4]],
}


@pytest.fixture
def current():
    versions.keep("test-0", SMALL, now=NOW, source="packaged")
    versions.keep("test-1", SMALL, now=NOW, source="synced", parent="test-0", notes=NOTES)


def listed(client, table, **query):
    answer = client.get(f"/admin/flights/reference{table}/", query)
    assert answer.status_code == 200, answer.content
    return [row.pk for row in answer.context["cl"].result_list]


@pytest.mark.parametrize(
    ("table", "codes"),
    [("country", ["FR"]), ("airport", ["LYS"]), ("airline", ["TYR", "TYR~2"]), ("aircrafttype", ["B738"]),
     ("airframe", ["4A0823"])],
)  # fmt: skip
def test_a_table_lists_the_rows_of_the_current_version_only(admin_client, current, table, codes):
    assert listed(admin_client, table) == [f"test-1|{code}" for code in codes]


@pytest.mark.parametrize(("text", "found"), [("ly", ["test-1|LYS"]), ("LYS", ["test-1|LYS"]), ("X", []), ("YS", [])])
def test_a_table_is_searched_by_the_beginning_of_the_code(admin_client, current, text, found):
    assert listed(admin_client, "airport", q=text) == found


def test_a_row_of_an_earlier_version_can_be_shown(admin_client, current):
    answer = admin_client.get(reverse("admin:flights_referenceairport_change", args=["test-0|LYS"]))
    assert b"Europe/Paris" in answer.content


def test_a_version_shows_what_became_of_the_upstreams_rows(admin_client, current):
    answer = admin_client.get(reverse("admin:flights_referenceversion_change", args=["test-1"])).content.decode()
    for told in ("no-name", "ABI", "7ZZ", "1 in all, the first 1 here"):
        assert told in answer


def test_versions_are_listed_with_their_sizes(admin_client, current):
    assert set(listed(admin_client, "version")) >= {"test-0", "test-1"}


def test_nothing_can_be_added_or_deleted(admin_client, current):
    assert admin_client.get("/admin/flights/referenceairport/add/").status_code == 403
    delete = reverse("admin:flights_referenceairport_delete", args=["test-1|LYS"])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
