"""Asks several at once, within a time: whoever does not answer in it is told as unknown, and nobody waits for him."""

import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

from structlog import get_logger

from flights.errors import FlightsError
from flightsite.operations.facts import Unknown
from flightsite.operations.wording import without_class
from ingestion.errors import IngestionError
from streaming.errors import StreamingError

OURS = (FlightsError, IngestionError, StreamingError)  # their texts are made for people, without addresses

logger = get_logger(__name__)


class Question:
    """A question that is being asked in a thread of its own."""

    def __init__(self, name: str, ask: Callable[[], Any], seconds: float) -> None:
        self._name, self._ask, self._seconds = name, ask, seconds
        self._until = time.monotonic() + seconds
        self._answer: Any = Unknown(f"no answer in {seconds:g} s")
        self._thread = Thread(target=self._put, name=f"operations-{name}", daemon=True)
        self._thread.start()

    def _put(self) -> None:
        try:
            self._answer = self._ask()
        except OURS as error:
            self._answer = Unknown(without_class(str(error)))
        except Exception as error:  # noqa: BLE001 - one panel that can't be shown must not hide the others
            logger.warning("a panel can't be shown", panel=self._name, why=type(error).__name__)
            self._answer = Unknown(type(error).__name__)

    def answer(self) -> Any:
        """What was answered, or Unknown; waits no longer than until its time is over."""
        self._thread.join(max(0.0, self._until - time.monotonic()))
        return self._answer


def asked(questions: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Question]:
    """All of them, being asked at the same time."""
    return {name: Question(name, ask, seconds) for name, ask in questions.items()}
