"""What a killed test run leaves behind must not pile up on a developer's machine."""

from flightsite.embedded import addresses, redis
from flightsite.embedded.server import Server
from flightsite.embedded.stack import Stack
from tests.servers import stop_abandoned


def test_servers_that_nobody_owns_any_more_are_stopped(tmp_path):
    folder = tmp_path / "run-1"
    server = Server(redis.plan(addresses.reserve(folder), folder))
    server.start()
    stop_abandoned(tmp_path, "run-*")
    assert server.has_ended()


def test_servers_of_a_run_that_goes_on_are_left_alone(tmp_path):
    with Stack(tmp_path / "run-1") as stack:
        stack.start({"redis"})
        stop_abandoned(tmp_path, "run-*")
        assert stack.revive() == []
