from datetime import timedelta

import pytest

from flights.keys.models import ApiKey
from flights.times import utc_now
from tests.flights.api.test_errors import EVERY_ADDRESS

FLIGHTS = "/api/v1/flights"


def shown(client, authorization):
    return client.get(FLIGHTS, headers={"authorization": authorization})


@pytest.mark.parametrize("url", EVERY_ADDRESS)
def test_no_address_answers_without_a_key(documents, client, url):
    answer = client.get(url)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Api-Key")
    assert answer.json()["detail"] == "The request shows no API key."


@pytest.mark.parametrize("authorization", ["Bearer x", "Api-Key", "Api-Key ", "Basic eDp5"])
def test_another_kind_of_authorization_is_no_key(documents, client, authorization):
    assert shown(client, authorization).json()["hint"].startswith("Send the header `Authorization: Api-Key")


@pytest.mark.parametrize("text", ["x", "abc.def", "x" * 200, "é"])
def test_an_invented_key_is_401(documents, db, client, text):
    answer = shown(client, f"Api-Key {text}")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Api-Key")
    assert answer.json()["detail"] == "The API key is not known, or it is revoked or expired."


def test_a_key_opens_the_door_whatever_the_case_of_its_word(documents, client, key):
    assert shown(client, f"api-key {key}").status_code == 200


def test_a_key_with_another_secret_is_401(documents, client, key):
    assert shown(client, f"Api-Key {key[:-1]}").status_code == 401


def test_a_revoked_key_is_401(documents, client, key):
    ApiKey.objects.update(revoked=True)
    assert shown(client, f"Api-Key {key}").status_code == 401


def test_an_expired_key_is_401(documents, client, key):
    ApiKey.objects.update(expiry_date=utc_now() - timedelta(seconds=1))
    assert shown(client, f"Api-Key {key}").status_code == 401
