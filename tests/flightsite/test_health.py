import pytest

from ingestion import dependencies

NAMES = ["sql", "mongodb", "kafka", "redis"]
NOWHERE = {
    "mongodb": ("MONGODB_URI", "mongodb://user:secret@127.0.0.1:9/x"),
    "kafka": ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9"),
    "redis": ("REDIS_URL", "redis://:secret@127.0.0.1:9/0"),
}


def test_the_process_is_up_without_asking_anything(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_ready_when_all_four_answer(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["down"]) == (200, [])
    assert list(answer.json()["checks"]) == NAMES


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", NOWHERE)
def test_not_ready_names_what_is_down_and_no_address(client, settings, name):
    setting, address = NOWHERE[name]
    setattr(settings, setting, address)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["down"]) == (503, [name])
    assert b"127.0.0.1" not in answer.content
    assert b"secret" not in answer.content


def test_a_check_that_never_ends_counts_as_down(client, monkeypatch):
    monkeypatch.setattr(dependencies, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(dependencies, "SPARE_SECONDS", 0.05)
    monkeypatch.setattr(dependencies, "CHECKS", {"sql": lambda: __import__("time").sleep(0.5)})
    assert client.get("/readyz").json()["checks"]["sql"]["reason"] == "no answer in 0 s"


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_health_takes_no_writing(client, url):
    assert client.post(url).status_code == 405


@pytest.mark.django_db
def test_the_metrics_show_requests_and_limits(client):
    shown = client.get("/metrics").content
    assert b"django_http_requests_total_by_method_total" in shown
    assert b"flightsite_api_refused_total" in shown
