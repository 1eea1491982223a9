"""The containers of docker-compose.yml: up from a clean build, killed one after another, scaled, stopped in time.

`bin/test --containers`; CONTRIBUTING.md says what it needs. The tests go on from one another, in this order.
"""

import io
import itertools
import json
import os
from datetime import UTC, datetime, timedelta

import httpx
import pyarrow.parquet
import pytest

from tests.containers.running import wait_until

pytestmark = pytest.mark.skipif(not os.environ.get("CONTAINERS"), reason="containers: bin/test --containers")
APPS = ["web", "worker", "beat", "consumer", "exporter"]
STORES = ["mongodb", "kafka", "valkey", "postgres"]
WATCHERS = ["prometheus", "alertmanager"]
STOP_SECONDS = 10
OPEN = """
from flights.times import utc_now
from ingestion import services
run, _ = services.open_run({slot!r}, "test", utc_now())
"""
ENQUEUE = """
from ingestion import tasks
tasks.enqueue(run)
"""
_hours = itertools.count(24)  # nothing but these tests collects yesterday


class Analyst:
    """Asks the API over HTTP, as a notebook does."""

    def __init__(self, stack):
        made = json.loads(stack.manage("api_key", "create", "analyst", "--json"))
        self._stack, self._key = stack, made["api_key"]

    def get(self, path, key=None):
        address = f"http://127.0.0.1:{self._stack.port('web', 8000)}/api/v1/{path}"
        return httpx.get(address, headers={"Authorization": f"Api-Key {key or self._key}"}, timeout=60)

    def flights_of(self, slot):
        return self.get(f"{path_of(slot)}/flights?limit=5").raise_for_status().json()["data"]

    def state_of(self, slot):
        answer = self.get(path_of(slot))
        return answer.json()["data"]["state"] if answer.is_success else None


@pytest.fixture(scope="module")
def analyst(stack):
    return Analyst(stack)


def path_of(slot):
    return "slots/{}/{}".format(*slot.removesuffix("Z").split("T"))


def new_slot(stack, script):
    """Of an earlier hour, which nobody has collected yet; the script opens its run."""
    slot = f"{datetime.now(UTC) - timedelta(hours=next(_hours)):%Y-%m-%dT%H}Z"
    stack.manage("shell", "--command", script.format(slot=slot))
    return slot


def collect(stack):
    """Have the worker collect a new slot; what came of it."""
    slot = new_slot(stack, OPEN)
    return json.loads(stack.manage("ingest", "--queue", "--json", "--slot", slot).splitlines()[-1])


def adds_up(stack, slot):
    return "1 slots, all add up" in stack.manage("audit", "--slot", slot)


def targets(stack):
    """What Prometheus says of whom it asks: health by job."""
    address = f"http://127.0.0.1:{stack.port('prometheus', 9090)}/api/v1/targets"
    found = httpx.get(address).raise_for_status().json()["data"]["activeTargets"]
    return {(target["labels"]["job"], target["labels"]["instance"]): target["health"] for target in found}


def test_every_service_becomes_healthy(stack, figures):
    for service in [*STORES, *APPS, *WATCHERS, "simulator"]:
        wait_until(lambda service=service: stack.is_healthy(service), 180, f"{service} is healthy")
    figures["memory_idle"] = stack.memory()


def test_the_demo_tells_a_key_a_user_and_a_first_slot(stack, figures):
    def is_over():
        [demo] = stack.containers("demo")
        return stack.inspect(demo)["State"]["Status"] == "exited"

    figures["seconds"]["first slot, after up"] = round(wait_until(is_over, 180, "the demo has told"), 1)
    told = stack.compose("logs", "--no-color", "demo")
    assert "api_key: " in told
    assert "state: complete" in told


@pytest.mark.parametrize("service", APPS)
def test_a_process_of_ours_can_do_no_more_than_it_must(stack, service):
    [container] = stack.containers(service)
    told = stack.inspect(container)
    host = told["HostConfig"]
    assert (told["Config"]["User"], host["ReadonlyRootfs"], host["CapDrop"]) == ("10001:10001", True, ["ALL"])
    assert host["Memory"] > 0
    assert "no-new-privileges:true" in host["SecurityOpt"]


def test_no_secret_stands_in_the_environment_of_a_container(stack):
    [web] = stack.containers("web")
    secrets = stack.compose("exec", "-T", "web", "sh", "-c", "cd /run/flightsite; cat *_key *_password").split()
    told = json.dumps(stack.inspect(web))
    assert [secret for secret in secrets if secret in told] == []


def test_ports_are_published_on_this_machine_only(stack):
    published = [
        binding["HostIp"]
        for service in [*APPS, *STORES, *WATCHERS, "simulator"]
        for bindings in stack.inspect(stack.containers(service)[0])["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    ]
    assert set(published) == {"127.0.0.1"}


def test_an_analyst_reads_a_slot_that_has_just_passed_through(stack, analyst, figures):
    outcome = collect(stack)
    figures["seconds"]["a slot of five pages"] = outcome["seconds"]["total"]
    assert outcome["state"] == "complete"
    assert len(analyst.flights_of(outcome["slot"])) == 5
    assert adds_up(stack, outcome["slot"])


def test_an_analyst_fetches_a_slot_as_a_file(stack, analyst):
    outcome = collect(stack)
    file = analyst.get(f"{path_of(outcome['slot'])}/flights.parquet").raise_for_status()
    table = pyarrow.parquet.read_table(io.BytesIO(file.content))
    assert table.num_rows == outcome["stored"]


def test_nobody_reads_without_a_key(stack, analyst):
    assert analyst.get("slots", key="nonsense").status_code in {401, 403}


def test_the_pages_have_their_files(stack):
    address = (
        f"http://127.0.0.1:{stack.port('web', 8000)}/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"
    )
    assert httpx.get(address).headers["content-type"].startswith("text/css")


def test_prometheus_reaches_every_process(stack):
    wanted = {*APPS, "prometheus", "alertmanager"}
    wait_until(
        lambda: wanted <= {job for (job, _), health in targets(stack).items() if health == "up"}, 120, "all are up"
    )


@pytest.mark.parametrize("service", [*APPS, *STORES, *WATCHERS, "simulator"])
def test_the_next_slot_completes_after_a_kill(stack, analyst, figures, service):
    before = stack.started_at(service)
    stack.kill(service)
    figures["back_after_a_kill"][service] = round(stack.wait_until_back(service, before), 1)
    outcome = collect(stack)
    assert outcome["state"] == "complete"
    assert adds_up(stack, outcome["slot"])
    assert len(analyst.flights_of(outcome["slot"])) == 5


def test_a_consumer_killed_in_the_midst_of_a_slot_loses_nothing(stack):
    """What it had not committed is read again."""
    slot = new_slot(stack, OPEN)
    stack.manage("ingest", "--no-wait", "--slot", slot)
    before = stack.started_at("consumer")
    stack.kill("consumer")
    stack.wait_until_back("consumer", before)
    outcome = json.loads(stack.manage("ingest", "--json", "--slot", slot).splitlines()[-1])
    assert outcome["state"] == "complete"
    assert adds_up(stack, slot)


def test_a_worker_killed_in_the_midst_of_a_slot_loses_nothing(stack, analyst, figures):
    """Nobody asks for the slot again: beat does, once the claim of the dead worker is over."""
    before = stack.started_at("worker")
    slot = new_slot(stack, OPEN + ENQUEUE)
    stack.kill("worker")
    stack.wait_until_back("worker", before)
    waited = wait_until(lambda: analyst.state_of(slot) == "complete", 480, f"{slot} is complete")
    figures["seconds"]["a slot whose worker was killed"] = round(waited, 1)
    assert adds_up(stack, slot)


def test_several_of_each_share_the_work(stack, analyst):
    stack.up("--scale", "web=2", "--scale", "worker=2", "--scale", "consumer=3")
    for service in ("web", "worker", "consumer"):
        wait_until(lambda service=service: stack.is_healthy(service), 180, f"all of {service} are healthy")
    outcome = collect(stack)
    assert outcome["state"] == "complete"
    assert adds_up(stack, outcome["slot"])
    assert len(stack.containers("consumer")) == 3
    shared = {job for job, _ in targets(stack)}
    assert {"web", "worker", "consumer"} <= shared


def test_all_slots_add_up_in_the_end(stack, figures):
    figures["memory_after_slots"] = stack.memory()
    assert "all add up" in stack.manage("audit")


@pytest.mark.parametrize("service", [*APPS, "simulator"])
def test_a_stop_takes_seconds_and_is_no_kill(stack, figures, service):
    seconds, codes = stack.stop(service)
    figures["stopped"][service] = round(seconds, 1)
    assert seconds < STOP_SECONDS
    assert set(codes) <= {0, 143}  # 143: ended by SIGTERM itself


@pytest.mark.parametrize("service", STORES)
def test_a_store_stops_without_being_killed(stack, figures, service):
    seconds, codes = stack.stop(service)
    figures["stopped"][service] = round(seconds, 1)
    assert 137 not in codes
