"""A stand-in on a free port, and requests against it as any client makes them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest

from ingestion.simulator.eras import ERAS, DelayMode
from ingestion.simulator.options import SimulatorOptions
from ingestion.simulator.rows import RowMaker
from ingestion.simulator.server import SimulatorServer
from ingestion.simulator.world import World, minute_of

KEY = "0123456789abcdef" * 2
CLOCK = datetime(2026, 11, 24, 4, tzinfo=UTC)


class Asker:
    """Asks one server as its client."""

    def __init__(self, server: SimulatorServer, client: httpx.Client) -> None:
        self.server = server
        self.client = client

    def get(self, endpoint: str = "flights", **params: Any) -> httpx.Response:
        query = {"access_key": KEY} | params
        return self.client.get(f"{self.server.base_url}/{endpoint}", params=query)

    def page(self, endpoint: str = "flights", **params: Any) -> dict[str, Any]:
        page: dict[str, Any] = json.loads(self.get(endpoint, **params).content)
        return page

    def rows(self, endpoint: str = "flights", **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.page(endpoint, **params)["data"]
        return rows

    def control(self, **settings: Any) -> httpx.Response:
        return self.client.post(self.server.control_url, json=settings)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get(self.server.control_url).json()
        return state


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Keeps no connection, so that a broken one troubles nobody else."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(limits=limits, timeout=5) as client:
        yield client


@pytest.fixture
def serve(client: httpx.Client) -> Iterator[Callable[..., Asker]]:
    with ExitStack() as stack:

        def start(**options: Any) -> Asker:
            settings: dict[str, Any] = {"clock": CLOCK, "churn": 0.0} | options
            server = SimulatorServer(SimulatorOptions(**settings))
            return Asker(stack.enter_context(server), client)

        yield start


@pytest.fixture(scope="session")
def shared(client: httpx.Client) -> Iterator[Asker]:
    """For tests that only read."""
    with SimulatorServer(SimulatorOptions(clock=CLOCK, churn=0.0, quota=10**6)) as server:
        yield Asker(server, client)


@pytest.fixture(scope="session")
def world() -> World:
    return World(1)


@pytest.fixture(scope="session")
def first_rows(world: World) -> Callable[..., list[dict[str, Any]]]:
    """The first rows of the window in an era."""

    @cache
    def rows(era: str = "2025-05", mode: DelayMode = DelayMode.NORMAL, count: int = 2600) -> list[dict[str, Any]]:
        maker = RowMaker(world, ERAS[era], mode)
        _, codes = world.window(CLOCK)
        return [maker.row(code, minute_of(CLOCK)) for code in codes[:count]]

    return rows
