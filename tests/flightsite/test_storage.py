"""The admin's page about what is kept, how much and how long."""

import pytest

from flights import store
from streaming import producer
from streaming.events import observed_message
from tests.factories import a_record

pytestmark = pytest.mark.django_db(databases=["default", "mongodb"])

PAGE = "/admin/storage/"


def rows_of(answer):
    """Every row of the page's tables by its first cell."""
    assert answer.status_code == 200
    assert "Storage" in answer.content.decode()
    return {row[0]: tuple(row[1:]) for section in answer.context["sections"] for row in section.rows}


def test_collections_and_topics_are_shown_with_size_and_age(admin_client, documents, topics, settings):
    settings.RETENTION_OBSERVATIONS_DAYS = 90
    store.insert_new(store.PAGES, [{"_id": "2026-11-24T04Z.1/00.00000", "body": b"x" * 200_000}])
    with producer.observation_producer() as sending:
        sending.send([observed_message(a_record(row=number)) for number in range(3)])
    rows = rows_of(admin_client.get(PAGE))
    assert rows[store.PAGES] == ("1", "0.2", "400 days after receiving")
    assert rows[store.CHANGES] == ("0", "0.0", "31 days after `at`")
    assert rows[store.OBSERVATIONS][2] == "90 days after closing, once archived"
    assert rows[store.FLIGHTS][2] == "for ever"
    assert rows[settings.KAFKA_OBSERVED_TOPIC] == ("3", "7 days")
    assert rows[settings.KAFKA_DEAD_LETTER_TOPIC] == ("0", "28 days")
    assert set(store.INDEXES) <= set(rows)


@pytest.mark.parametrize("name", ["mongodb", "kafka"])
def test_what_is_down_is_unknown_and_the_rest_is_shown(admin_client, documents, topics, down, settings, name):
    down(name)
    rows = rows_of(admin_client.get(PAGE))
    lost, shown = (store.PAGES, settings.KAFKA_OBSERVED_TOPIC)[:: 1 if name == "mongodb" else -1]
    assert rows[lost][0] == "unknown"
    assert rows[shown][0] == "0"


def test_only_those_who_may_see_it(client, admin_client, django_user_model, documents, topics):
    assert client.get(PAGE).status_code == 302
    client.force_login(django_user_model.objects.create_user("guest", password="x", is_staff=True))  # noqa: S106 - a test's user
    assert client.get(PAGE).status_code == 403
