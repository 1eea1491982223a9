"""An upgrade can be taken back and made again with a ledger that is in use."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ingestion import services
from ingestion.models import Run, Step, UpstreamRequest

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = ("slot", "trigger", "state", "step", "pages_planned", "error", "started_at", "finished_at")


def migrate(target):
    MigrationExecutor(connection).migrate(target)


@pytest.fixture
def newest():
    """What the migrations end at; the test leaves the tables so, whatever becomes of it."""
    names = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "ingestion"]
    yield names
    migrate(names)


def ledger():
    asked = UpstreamRequest.objects.values_list("page", "sent_at", "status", "outcome", "charged")
    return list(Run.objects.values(*KEPT)), sorted(asked)


def test_the_ledger_survives_the_way_back_to_the_first_version_and_forward_again(run, newest):
    for step in Step:
        services.perform_step(run.pk, step)
    before = ledger()
    migrate([("ingestion", "0001_initial")])
    migrate(newest)
    assert ledger() == before
    assert Run.objects.get().attempts.count() == 3
