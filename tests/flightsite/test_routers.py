import pytest
from django.contrib.auth.models import Permission, User

from flights.models import Flight
from flightsite.routers import DocumentRouter

ROUTER = DocumentRouter()


@pytest.mark.parametrize(("model", "database"), [(Flight, "mongodb"), (User, "default")])
def test_flights_live_in_mongodb_and_the_rest_in_sql(model, database):
    assert (ROUTER.db_for_read(model), ROUTER.db_for_write(model)) == (database, database)


def test_models_of_one_database_may_be_related():
    assert ROUTER.allow_relation(User(), Permission())


def test_models_of_two_databases_may_not_be_related():
    assert not ROUTER.allow_relation(User(), Flight())


@pytest.mark.parametrize(
    ("database", "app", "allowed"),
    [
        ("default", "auth", True),
        ("default", "ingestion", True),
        ("default", "flights", False),
        ("default", "streaming", False),
        ("mongodb", "auth", False),
        ("mongodb", "flights", False),
    ],
)
def test_only_sql_takes_migrations_and_only_of_sql_apps(database, app, allowed):
    assert ROUTER.allow_migrate(database, app) is allowed
