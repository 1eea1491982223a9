"""A password in the address of a store appears nowhere, whether the store is away or refuses it."""

import pytest

from tests.end_to_end import canaries
from tests.end_to_end.canaries import PASSWORD
from tests.end_to_end.conftest import PATIENCE_SECONDS, until

NOBODY = f"nobody:{PASSWORD}@127.0.0.1:9"
PATHS = ["/", "/api/v1/", "/api/v1/flights", "/api/v1/slots", "/readyz", "/metrics", "/admin/", "/admin/login/"]


def away():
    """Addresses at which nobody answers."""
    return {
        "MONGODB_URI": f"mongodb://{NOBODY}/flightsite?serverSelectionTimeoutMS=300",
        "REDIS_URL": f"redis://{NOBODY}/0",
    }


def refusing(environment):
    """The right addresses with a login that the servers do not know."""
    login = f"://nobody:{PASSWORD}@"
    return {name: environment[name].replace("://", login, 1) for name in ("MONGODB_URI", "REDIS_URL")}


def in_production(system, addresses):
    system.environment |= {
        **addresses,
        "DJANGO_DEBUG": "0",
        "DJANGO_SECRET_KEY": "x" * 50,
        "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS_ONLY": "0",
    }


def what_fails(system, complaint, api_key=""):
    """Start whoever uses a store, and ask the web server for everything; its answers."""
    ingest = system.start("manage.py", "ingest", "--queue")
    system.start("manage.py", "consume")
    system.start("-m", "celery", "-A", "flightsite", "worker", "--concurrency", "1")
    exporter = system.export()
    found = [*canaries.answers(system.serve(), api_key, PATHS), *canaries.answers(exporter, api_key, ["/metrics"])]
    assert ingest.wait(PATIENCE_SECONDS) != 0
    until(lambda: complaint in system.said, complaint)
    return found


@pytest.mark.parametrize("how", ["away", "refusing"])
def test_passwords_of_mongodb_and_redis_are_nowhere_when_they_are(system, site, how):
    in_production(system, away() if how == "away" else refusing(system.environment))
    found = what_fails(system, "Cannot connect to redis://nobody:**@127.0.0.1", site.api_key)
    assert canaries.leaks(iter(found)) == []
    assert canaries.leaks(canaries.files(system.folder)) == []
    statuses = {place for place, _ in found}
    assert {"/api/v1/flights 503", "/readyz 503"} <= statuses
    assert "The document store does not answer" in system.said


def test_the_password_of_the_sql_database_is_nowhere_when_it_is_away(system):
    in_production(system, {"DATABASE_URL": f"postgres://{NOBODY}/flightsite?connect_timeout=1"})
    system.start("manage.py", "migrate")  # a command that shows all that the database's driver says
    found = what_fails(system, "connection failed", "prefix.key")
    assert canaries.leaks(iter(found)) == []
    assert canaries.leaks(canaries.files(system.folder)) == []
    assert "/readyz 503" in {place for place, _ in found}


def test_a_password_that_is_said_would_be_found(system):
    system.log(f"redis://:{PASSWORD}@127.0.0.1")
    assert canaries.leaks(canaries.files(system.folder)) == ["log"]
