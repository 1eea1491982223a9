"""A backup is taken while everything goes on; what is put back goes on as if nothing had been."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from flights import store
from flights.errors import DumpFault
from flights.reference import versions
from flights.times import utc_now
from ingestion import backups, services, sql_copies
from ingestion.models import Run, Step, UpstreamRequest
from streaming import offsets
from streaming.consumer import BatchConsumer, group
from streaming.errors import GroupAtWork
from tests.end_to_end.test_kills import differences, everything
from tests.environment import MONGODB_IS_OURS
from tests.references import SMALL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_database", "topics")]


def quiet(_line):
    """Nobody listens."""


@pytest.fixture
def own_database(collections, settings):
    """Another database with small reference tables: restores replace them, and other tests need the large ones."""
    settings.MONGODB_DATABASE = f"{settings.MONGODB_DATABASE}_restored"
    store.ensure_collections()
    versions.forget()
    if versions.current_version() is None:
        versions.keep("small", SMALL, now=utc_now(), source=versions.PACKAGED)
    yield
    if not MONGODB_IS_OURS:
        store.database().client.drop_database(settings.MONGODB_DATABASE)
    versions.forget()


def collect(run):
    for step in Step:
        services.perform_step(run.pk, step)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


@pytest.fixture
def closed(run, consume):
    """A slot that was collected and closed."""
    collect(run)
    consume(0)
    return run


@pytest.fixture
def back_up(folder):
    def write(tell=quiet, **options):
        return backups.back_up(folder, utc_now(), **{"with_sql": True} | options, tell=tell)

    return write


@pytest.fixture
def restore(folder):
    def put_back(**options):
        return backups.restore(folder, **{"with_sql": True, "replace": True} | options, tell=quiet)

    return put_back


def test_what_is_put_back_is_what_was_there(closed, back_up, restore):
    requests = list(UpstreamRequest.objects.values())
    before = everything(), requests
    back_up()
    Run.objects.all().delete()
    store.collection(store.FLIGHTS).delete_many({})
    store.upsert(store.SLOTS, "2026-01-01T00Z", {"state": "failed"})
    assert restore() == 0
    assert (differences(before[0], everything()), list(UpstreamRequest.objects.values())) == ([], requests)


def test_what_came_after_the_backup_is_read_again(run, back_up, restore, consume):
    collect(run)
    back_up()
    consume(0)
    expected = everything()
    assert restore() == 3 + sum(len(expected[name]) for name in (store.OBSERVATIONS,))
    consume(0)
    assert differences(expected, everything()) == []


def test_a_page_archived_after_the_ledger_was_copied_is_not_bought_again(run, back_up, restore, upstream):
    def go_on_meanwhile(line):
        if line.startswith("the SQL database"):
            services.perform_step(run.pk, Step.EXTRACTION)

    back_up(go_on_meanwhile)
    restore()
    assert (Run.objects.get().step, UpstreamRequest.objects.count()) == ("extraction", 0)
    asked = upstream.simulator.log.charged
    services.perform_step(run.pk, Step.EXTRACTION)
    assert (Run.objects.get().step, upstream.simulator.log.charged) == ("transformation", asked)


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(closed, back_up, restore, settings, folder):
    back_up()
    manifest = folder / backups.MANIFEST
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told | {"offsets": dict.fromkeys(told["offsets"], 10_000_000)}))
    assert restore() == 3 + store.collection(store.OBSERVATIONS).count_documents({})


def test_a_backup_without_kafka_says_what_that_means(closed, back_up, settings):
    lines = []
    settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:9"
    manifest = back_up(lines.append)
    assert manifest.offsets is None
    assert any("read from its beginning" in line for line in lines)


def test_nothing_is_put_over_what_is_there(closed, back_up, restore):
    back_up()
    with pytest.raises(DumpFault, match=r"flights.*tables of the SQL database; --replace removes all of that first"):
        restore(replace=False)


def test_nothing_is_put_back_while_a_consumer_reads(closed, back_up, restore):
    back_up()
    store.upsert(store.SLOTS, "2026-01-01T00Z", {"state": "failed"})
    reader = BatchConsumer()
    try:
        while not offsets.committed(group()) or reader._consumer.assignment() == []:
            reader._consumer.poll(0.1)
        with pytest.raises(GroupAtWork, match="1 consumers are at work: stop them first"):
            restore()
    finally:
        reader.close()
    assert store.find_one(store.SLOTS, "2026-01-01T00Z") is not None


def test_a_damaged_backup_changes_nothing(closed, back_up, restore, folder):
    back_up()
    (folder / "flights.bson.gz").write_bytes(b"something else")
    with pytest.raises(DumpFault, match=r"flights\.bson\.gz is damaged"):
        restore()
    assert Run.objects.count() == 1


def test_a_backup_that_was_killed_is_none(closed, back_up, restore, folder):
    back_up()
    (folder / backups.MANIFEST).unlink()
    with pytest.raises(DumpFault, match=r"is no backup: it has no manifest\.json"):
        restore()


def test_a_backup_never_goes_over_another(closed, back_up):
    back_up()
    with pytest.raises(DumpFault, match="is not empty: name a new folder"):
        back_up()


def test_only_its_owner_may_read_it(closed, back_up, folder):
    back_up()
    assert folder.stat().st_mode & 0o077 == 0


def test_documents_alone_leave_the_ledger(closed, back_up, restore):
    assert back_up(with_sql=False).sql is None
    with pytest.raises(DumpFault, match="made without the SQL database"):
        restore()
    UpstreamRequest.objects.all().delete()
    restore(with_sql=False)
    assert (Run.objects.count(), UpstreamRequest.objects.count()) == (1, 0)


def test_a_copy_of_another_database_is_refused(closed, back_up, folder, monkeypatch):
    back_up()
    monkeypatch.setattr(connection, "vendor", "postgresql")
    with pytest.raises(DumpFault, match="is not for postgresql"):
        sql_copies.put_back(folder / "sql.sqlite3")


def test_postgresql_without_its_tools_says_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(DumpFault, match="pg_dump is not on PATH: install PostgreSQL's client"):
        sql_copies.write(folder)


def test_the_commands_tell_what_they_did(closed, folder, capsys):
    call_command("backup", "--to", str(folder))
    call_command("backup", "--to", str(folder), "--check")
    told = capsys.readouterr().out.splitlines()
    assert told[0] == told[1]
    assert "documents and the SQL database" in told[0]
    call_command("restore", "--from", str(folder), "--replace")
    assert (
        "restored; 0 messages are read again when a consumer starts. Now: `manage.py prepare`"
        in capsys.readouterr().out
    )
    with pytest.raises(CommandError, match="is not empty"):
        call_command("backup", "--to", str(folder))
