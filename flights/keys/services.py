"""Keys are made, accepted and revoked here. A key that was accepted is not looked up again for a second."""

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from structlog import get_logger

from flights.keys.models import ApiKey
from flights.keys.records import MINUTE_SECONDS, Caller

REMEMBERED_SECONDS = 1.0  # so long after its revocation another process may still accept a key
MOST_REMEMBERED = 1_000

logger = get_logger(__name__)
_accepted: dict[bytes, tuple[float, Caller]] = {}
_noted: dict[str, float] = {}


def create_key(name: str, **values: Any) -> tuple[ApiKey, str]:
    """A new key and its text, which is not kept and can't be shown again."""
    key, text = ApiKey.objects.create_key(name=name, **values)
    return key, text


def revoke(key: ApiKey) -> None:
    """End a key for good; safe to repeat."""
    ApiKey.objects.filter(pk=key.pk).update(revoked=True)
    key.refresh_from_db()
    forget_accepted()


def forget_accepted() -> None:
    """Look every key up again: what was changed holds at once in this process."""
    _accepted.clear()


def accepted(text: str, now: datetime) -> Caller | None:
    """Who shows this key; None when it is unknown, revoked or expired. Raises Django's OperationalError."""
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    caller = _remembered(digest) or _looked_up(digest, text)
    return caller if caller and (caller.expires is None or caller.expires > now) else None


def note_use(caller: Caller, now: datetime) -> None:
    """Keep when the key was used, at most once a minute; a database that can't be written to is no reason to fail."""
    last, moment = _noted.get(caller.prefix), time.monotonic()
    if last is not None and moment - last < MINUTE_SECONDS:
        return
    _noted[caller.prefix] = moment
    minute_ago = now - timedelta(seconds=MINUTE_SECONDS)
    try:
        ApiKey.objects.filter(prefix=caller.prefix).not_used_since(minute_ago).update(last_used=now)
    except (OperationalError, InterfaceError) as error:
        logger.warning("a key's use could not be noted", key=caller.prefix, error=type(error).__name__)


def _remembered(digest: bytes) -> Caller | None:
    until, caller = _accepted.get(digest, (0.0, None))
    return caller if time.monotonic() < until else None


def _looked_up(digest: bytes, text: str) -> Caller | None:
    try:
        caller: Caller = ApiKey.objects.get_from_key(text).caller
    except ApiKey.DoesNotExist:
        _accepted.pop(digest, None)
        return None
    if len(_accepted) >= MOST_REMEMBERED:
        _accepted.clear()
    _accepted[digest] = time.monotonic() + REMEMBERED_SECONDS, caller
    return caller
