"""The ASGI application that uvicorn serves."""

import os
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flightsite.settings")

WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})

site = get_asgi_application()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Whoever watches asks each process by its own address, which is no host that the site is known by."""
    if scope["type"] == "http" and scope["path"] in WATCHED:
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope = {**scope, "headers": [*others, (b"host", _own_host())]}
    await site(scope, receive, send)


def _own_host() -> bytes:
    first = next(iter(settings.ALLOWED_HOSTS), "localhost")
    return first.lstrip(".").replace("*", "localhost").encode("ascii")
