"""Whether the process is up (`/healthz`) and whether all that it needs answers (`/readyz`)."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from flights import store
from streaming import topics

CHECK_SECONDS = 2.0
SPARE_SECONDS = 0.5


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Asks SQL, MongoDB, Kafka and Redis at once; names what is down, without addresses."""
    checks = _checked()
    down = [name for name, check in checks.items() if check["status"] != "ok"]
    answer = {"status": "down" if down else "ok", "down": down, "checks": checks}
    return JsonResponse(answer, status=503 if down else 200)


def _checked() -> dict[str, dict[str, str | int]]:
    executor = ThreadPoolExecutor(len(CHECKS), thread_name_prefix="readyz")
    futures = {name: executor.submit(_timed, check) for name, check in CHECKS.items()}
    wait(futures.values(), timeout=CHECK_SECONDS + SPARE_SECONDS)
    executor.shutdown(wait=False)
    return {name: _told(future) for name, future in futures.items()}


def _told(future: Future[int]) -> dict[str, str | int]:
    if not future.done():
        return {"status": "down", "reason": f"no answer in {CHECK_SECONDS:g} s"}
    error = future.exception()
    if error is not None:
        return {"status": "down", "reason": type(error).__name__}
    return {"status": "ok", "milliseconds": future.result()}


def _timed(check: Callable[[], None]) -> int:
    begun = time.monotonic()
    check()
    return round((time.monotonic() - begun) * 1000)


def _sql() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread's own


def _mongodb() -> None:
    store.ping(CHECK_SECONDS)


def _kafka() -> None:
    topics.ping(CHECK_SECONDS)


def _redis() -> None:
    once = Retry(NoBackoff(), 0)
    seconds = CHECK_SECONDS / 2  # connecting and answering
    with Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once
    ) as client:
        client.ping()


CHECKS: dict[str, Callable[[], None]] = {
    "sql": _sql,
    "mongodb": _mongodb,
    "kafka": _kafka,
    "redis": _redis,
}
