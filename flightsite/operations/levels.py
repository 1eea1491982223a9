"""How bad something is, and what is wrong: shared by all that make up the verdict. Pure."""

from dataclasses import dataclass
from enum import Enum, IntEnum


class Level(IntEnum):
    """Worse is greater."""

    WELL = 0
    BUSY = 1  # nothing is wrong, and it is not done
    WARN = 2
    BAD = 3

    @property
    def words(self) -> str:
        return {"WELL": "All is well", "BUSY": "Under way", "WARN": "Look at this", "BAD": "Broken"}[self.name]


class Stage(Enum):
    """Where the slot that is due stands on its way."""

    OPENING = "has no run yet"
    QUEUED = "its run waits for a worker"
    WORKING = "a worker has its run"
    WAITING = "its run waits for its next try"
    PUBLISHED = "the consumer has it"
    UNSEEN = "published; its record can't be read"
    FAILED = "its run ended without it"
    MISSED = "nothing was collected for it"
    CLOSED = "it is there"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, what mends it, and at which stages a slot comes to a stop by it."""

    level: Level
    text: str
    mend: str
    stops: frozenset[Stage] = frozenset()
