"""Schema findings: counted once for each page, bounded, reviewed in the admin; the run stays green."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from flights.times import utc_now
from ingestion import archive, findings, services, steps
from ingestion.models import SchemaFinding
from ingestion.rows import read_envelope
from tests.environment import CANARY_KEY
from tests.factories import a_row
from tests.ingestion.pages import keep_page

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

LIST = "/admin/ingestion/schemafinding/"


@pytest.fixture
def run(documents):
    return services.open_run("2026-11-24T04Z", "test", utc_now())[0]


def keep(run, number, *rows):
    return keep_page(run, number, list(rows), observed_at=utc_now() + timedelta(minutes=number))


def newer(**changes):
    return {**a_row(), "operator": "AF", **changes}


def note(page):
    findings.note_page(page, read_envelope(archive.body_of(page.id)).rows)


def test_a_run_over_changed_pages_is_green_and_the_change_is_counted(run, context):
    pages = [keep(run, number, newer(), newer(flight_status="boarding")) for number in range(2)]
    steps.transform(run, context)
    assert [page.rows_rejected for page in archive.pages_of(run.key)] == [0, 0]
    told = {(each.kind, each.path, each.value): (each.pages, each.rows) for each in SchemaFinding.objects.all()}
    assert told == {
        ("unknown field", "operator", ""): (2, 4),
        ("new value", "flight_status", "boarding"): (2, 2),
    }
    finding = SchemaFinding.objects.get(path="operator")
    assert (finding.first_page, finding.last_page) == (pages[0].id, pages[1].id)
    assert finding.first_seen < finding.last_seen


def test_a_page_transformed_again_after_a_kill_or_by_newer_code_is_counted_once(run, context):
    page = keep(run, 0, newer())
    note(page)  # killed before the page was noted as transformed
    steps.transform(run, context)
    [transformed] = archive.pages_of(run.key)
    note(transformed)
    assert SchemaFinding.objects.get().pages == 1


def test_beyond_the_bound_one_finding_stands_for_all_others(run, settings):
    settings.SCHEMA_FINDINGS_MAX = 2
    for number in range(5):
        note(keep(run, number, {**a_row(), f"odd{number}": 1}))
    told = {each.path: each.pages for each in SchemaFinding.objects.all()}
    assert told == {"odd0": 1, "odd1": 1, "…": 3}


def test_the_access_key_is_not_kept(run, upstream):
    note(keep(run, 0, {**a_row(), f"access_key={CANARY_KEY}": 1, "flight_status": CANARY_KEY}))
    assert SchemaFinding.objects.count() == 2
    assert not [each for each in SchemaFinding.objects.all() if CANARY_KEY[:8] in f"{each.path}{each.value}"]


@pytest.fixture
def finding(run):
    note(keep(run, 0, newer(), newer(**{"<b>": 1})))
    return SchemaFinding.objects.get(path="operator")


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_findings_are_listed_and_filtered(admin_client, finding):
    page = text_of(admin_client.get(LIST))
    assert "operator" in page
    assert "&lt;b&gt;" in page
    assert len(admin_client.get(LIST, {"review": "open"}).context["cl"].result_list) == 2
    assert len(admin_client.get(LIST, {"review": "done"}).context["cl"].result_list) == 0
    assert len(admin_client.get(LIST, {"kind": "new value"}).context["cl"].result_list) == 0


def test_a_note_is_the_review_and_it_is_audited(admin_client, finding):
    form = f"{LIST}{finding.pk}/change/"
    assert "This field is required" in text_of(admin_client.post(form, {"note": ""}))
    SchemaFinding.objects.filter(pk=finding.pk).update(pages=7)  # counted on while the form was open
    text_of(admin_client.post(form, {"note": "taken into rows.py"}, follow=True))
    finding.refresh_from_db()
    assert (finding.note, finding.reviewed_by, finding.pages) == ("taken into rows.py", "admin", 7)
    assert finding.reviewed_at is not None
    assert LogEntry.objects.get().object_id == str(finding.pk)


def test_only_those_who_may_review(client, django_user_model, finding):
    reader = django_user_model.objects.create_user("reader", password="x", is_staff=True)  # noqa: S106 - a test's user
    client.force_login(reader)
    assert client.post(f"{LIST}{finding.pk}/change/", {"note": "x"}).status_code == 403
    assert SchemaFinding.objects.filter(reviewed_at=None).count() == 2


def test_a_reviewed_finding_that_occurs_again_stays_reviewed_and_a_new_value_is_a_new_finding(admin_client, run):
    note(keep(run, 0, newer(operator=None, flight_status="boarding")))
    SchemaFinding.objects.update(reviewed_at=utc_now(), reviewed_by="admin", note="known")
    note(keep(run, 1, newer(flight_status="taxiing")))
    waiting = SchemaFinding.objects.filter(reviewed_at=None)
    assert [each.value for each in waiting] == ["taxiing"]
    assert SchemaFinding.objects.get(path="operator").pages == 2
