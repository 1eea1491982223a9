"""Where the processes of a demo serve their metrics."""

import socket

from flightsite.demo.run import other_ports
from flightsite.embedded import addresses

NAMES = ["exporter", "worker", "beat", "consumer"]


def with_free_ports_above():
    """A port whose next five are free."""
    while not all(map(addresses.is_free, range(web := addresses.free_ports(1)[0], web + 6))):
        pass
    return web


def test_they_are_two_to_five_above_webs_port_as_prometheus_expects_them():
    web = with_free_ports_above()
    found, _ = other_ports(web)
    assert found == {name: web + offset for offset, name in enumerate(NAMES, start=2)}


def test_one_that_is_taken_is_replaced_by_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found, simulator = other_ports(port - 2)
    assert found["exporter"] != port
    assert len({*found.values(), simulator}) == 5


def test_a_demo_on_any_port_has_its_metrics_on_any_port():
    found, simulator = other_ports(0)
    assert {*found.values(), simulator} <= set(addresses.PORT_RANGE)
    assert len({*found.values(), simulator}) == 5


def test_there_is_no_port_above_the_last():
    found, _ = other_ports(65533)
    assert all(0 < port < 65536 for port in found.values())
