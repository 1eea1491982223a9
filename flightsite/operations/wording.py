"""Times, spans and counts in words. Pure."""

import re
from datetime import datetime, timedelta

BEHIND = re.compile(r"(?<=does not answer) \(\w+\)")
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
MANY_SECONDS, MANY_MINUTES, MANY_HOURS = 120, 120, 48


def span(length: timedelta | float) -> str:
    """A length of time, in the unit that a person would say it in.

    >>> span(timedelta(minutes=24, seconds=50)), span(3700.0), span(1.0), span(95), span(7500)
    ('24 minutes', '61 minutes', '1 second', '95 seconds', '2 h 5 min')
    """
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    if seconds < MANY_SECONDS:
        return counted(seconds, "second")
    if seconds < MANY_MINUTES * MINUTE:
        return counted(seconds // MINUTE, "minute")
    if seconds < MANY_HOURS * HOUR:
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
    return counted(seconds // DAY, "day")


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "task"), counted(1234, "message")
    ('1 task', '1,234 messages')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clock(instant: datetime, now: datetime) -> str:
    """The time of day, with its date where that is not today's; UTC.

    >>> clock(datetime(2026, 11, 28, 18, 0, 3), datetime(2026, 11, 28, 23, 0))
    '18:00:03'
    """
    return f"{instant:%H:%M:%S}" if instant.date() == now.date() else f"{instant:%Y-%m-%d %H:%M:%S}"


def ago(instant: datetime | None, now: datetime) -> str:
    """
    >>> ago(datetime(2026, 11, 28, 18), datetime(2026, 11, 28, 18, 30)), ago(None, datetime(2026, 11, 28, 18))
    ('30 minutes ago', 'never')
    """
    if instant is None:
        return "never"
    return f"in {span(instant - now)}" if instant > now else f"{span(now - instant)} ago"


def without_class(error: str) -> str:
    """What happened, without the names of classes of errors: neither the one before it, nor the one behind it.

    >>> without_class("StoreUnavailable: MongoDB does not answer (ServerSelectionTimeoutError)")
    'MongoDB does not answer'
    >>> without_class("Kafka does not answer: nothing in 3 s")
    'Kafka does not answer: nothing in 3 s'
    """
    name, colon, text = error.partition(": ")
    return BEHIND.sub("", text if colon and name.isidentifier() else error)


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end.

    >>> sentence("the upstream refused the key"), sentence("Is it up?")
    ('The upstream refused the key.', 'Is it up?')
    """
    ended = text if text.endswith((".", "!", "?", "…")) else f"{text}."
    return ended[:1].upper() + ended[1:]
