import asyncio

import httpx
import pytest

from flightsite.asgi import application


def asked(path, host):
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=f"http://{host}") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("hosts", [["flights.example.org"], [".example.org"], ["*"]])
@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_whoever_watches_may_ask_by_address(path, hosts, settings, db, documents):
    settings.ALLOWED_HOSTS = hosts
    assert asked(path, "10.0.0.5:8000").status_code == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/api/v1/flights", "/healthz/", "/metrics.txt"])
def test_nobody_else_may(path, settings, db):
    settings.ALLOWED_HOSTS = ["flights.example.org"]
    assert asked(path, "10.0.0.5:8000").status_code == 400
