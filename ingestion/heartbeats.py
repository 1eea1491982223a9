"""When beat last sent a task and when a worker last finished one: kept in Redis, so that it is seen from outside.

Nobody's work depends on it: what can't be written is left out, within half a second, and tried again later.
"""

import time
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from structlog import get_logger

BEAT, WORKER = "beat", "worker"
NAMES = (BEAT, WORKER)
EVERY_SECONDS = 5.0  # written no more often than this
ANSWER_SECONDS = 0.25  # to connect, and to answer

logger = get_logger(__name__)
_tried: dict[str, float] = {}


def write(name: str) -> None:
    """Note that beat, or a worker, is at work now."""
    now = time.monotonic()
    if now - _tried.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    _tried[name] = now
    try:
        _client(settings.REDIS_URL).set(_key(name), time.time())
    except RedisError as error:
        logger.warning("heartbeat not written", of=name, why=type(error).__name__)


def read(client: Redis) -> dict[str, float]:
    """The last heartbeats, by name, as Unix time; raises RedisError."""
    told = client.mget([_key(name) for name in NAMES])
    return {name: float(value) for name, value in zip(NAMES, told, strict=True) if value is not None}


def connected(seconds: float) -> Redis:
    """A client that connects, and is answered, in so many seconds or not at all."""
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once)


def _key(name: str) -> str:
    return f"flightsite:heartbeat:{name}"


@lru_cache(maxsize=4)
def _client(_url: str) -> Redis:
    """One pool of connections an address; redis-py opens it anew in a forked child."""
    return connected(ANSWER_SECONDS)
