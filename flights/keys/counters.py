"""The door to Redis for limits: each step is one script, so that any number of processes count as one.

Redis' own clock decides, never that of a web process. A request that is refused is not counted.
"""

from functools import lru_cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from flights.keys.records import Limits, Refusal, Standing

ANSWER_SECONDS = 0.25  # to connect, and to answer: a request must not hang on it

_TODAY = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = math.floor(now / 86400000)
local rows_wait = (day + 1) * 86400000 - now
local function rows_taken(key)
  local held = redis.call('HMGET', key, 'day', 'rows')
  if tonumber(held[1]) == day then return tonumber(held[2]) end
  return 0
end
"""
# A list of the times of the last minute's requests, newest first; those that left the window are dropped.
_ADMIT = f"""{_TODAY}
local limit, budget, needs_rows = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local oldest = redis.call('LINDEX', KEYS[1], -1)
while oldest and now - oldest >= 60000 do
  redis.call('RPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], -1)
end
local used, taken = redis.call('LLEN', KEYS[1]), rows_taken(KEYS[2])
local refused = ''
if used >= limit then
  refused = 'requests'
  oldest = redis.call('LINDEX', KEYS[1], limit - 1)
elseif needs_rows and taken >= budget then
  refused = 'rows'
else
  redis.call('LPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], 60000)
  used = used + 1
end
local wait = 60000 - (now - (oldest or now))
return {{refused, math.max(0, limit - used), wait, math.max(0, budget - taken), rows_wait}}
"""
_TAKE = f"""{_TODAY}
local budget, rows = tonumber(ARGV[1]), tonumber(ARGV[2])
local taken = rows_taken(KEYS[1])
if taken + rows > budget then return {{'rows', math.max(0, budget - taken), rows_wait}} end
redis.call('HSET', KEYS[1], 'day', day, 'rows', taken + rows)
redis.call('PEXPIRE', KEYS[1], rows_wait)
return {{'', budget - taken - rows, rows_wait}}
"""


def admit(key: str, limits: Limits, *, needs_rows: bool) -> Standing:
    """Count one request if it fits. Raises RedisError when Redis does not answer."""
    script, _ = _scripts(settings.REDIS_URL)
    arguments = [limits.requests_a_minute, limits.rows_a_day, int(needs_rows)]
    refused, *numbers = _asked(script, [_requests(key), rows_name(key)], arguments)
    return Standing(limits, _refusal(refused), *numbers)


def take(key: str, limits: Limits, rows: int) -> tuple[Refusal | None, int, int]:
    """Take these rows from the day's budget, all or none: what refused, rows left, milliseconds until it begins anew.

    Raises RedisError when Redis does not answer.
    """
    _, script = _scripts(settings.REDIS_URL)
    refused, left, wait = _asked(script, [rows_name(key)], [limits.rows_a_day, rows])
    return _refusal(refused), left, wait


def rows_name(key: str) -> str:
    return f"flightsite:{{{key}}}:rows"


def _requests(key: str) -> str:
    return f"flightsite:{{{key}}}:requests"


def _asked(script: Script, names: list[str], arguments: list[int]) -> list[Any]:
    answer: list[Any] = script(keys=names, args=arguments)
    return answer


def _refusal(told: bytes) -> Refusal | None:
    return Refusal(told.decode()) if told else None


@lru_cache(maxsize=4)
def _scripts(url: str) -> tuple[Script, Script]:
    """One pool of connections an address; redis-py opens it anew in a forked child."""
    once = Retry(NoBackoff(), 0)
    client = Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS, retry=once)
    return client.register_script(_ADMIT), client.register_script(_TAKE)
