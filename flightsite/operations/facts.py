"""What the operators' page knows at one moment: plain values, each of which may be unknown. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingestion.doctor import Finding
from ingestion.models import RunState
from ingestion.plan import MonthPlan

NAMES = {"sql": "SQL", "mongodb": "MongoDB", "kafka": "Kafka", "redis": "Redis"}
BEING_STORED = "published, being stored"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What can't be told now, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try of one step."""

    step: str
    number: int
    outcome: str
    started_at: datetime
    finished_at: datetime | None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The run of a slot; `is_held`: a process works on it now, as far as can be told. `asked`: pages asked for;
    `revision`: how often its pages were published anew."""

    pk: int
    key: str
    slot: str
    state: str
    step: str
    trigger: str
    opened_at: datetime
    finished_at: datetime | None = None
    resumes_at: datetime | None = None
    error: str = ""
    shortfall: str = ""
    pages_planned: int = 0
    asked: int = 0
    revision: int = 0
    is_held: bool = False
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """A slot's record; `rows` and `share` once it is closed, at `revision`. `ended`: how many of the `partitions` are
    stored whole, by revision of the run."""

    key: str
    state: str
    reason: str = ""
    closed_at: datetime | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    share: float | None = None
    revision: int = 0
    ended: Mapping[int, int] = field(default_factory=dict)
    partitions: int | None = None
    is_reconstructed: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """How one dependency answered: in so many milliseconds, or why not."""

    name: str
    milliseconds: int | None
    why: str = ""

    @property
    def is_up(self) -> bool:
        return self.milliseconds is not None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the consumers are behind: messages, the age of the oldest of them, and who reads."""

    messages: int
    seconds: float
    members: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """When beat last sent, and a worker last finished, any task; tasks that wait for a worker, by queue."""

    beat: datetime | None
    worker: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause of the schedule, in words."""

    told: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything. `due` is the tick of the slot that is due, `coming` the next; `left_out` says why the plan does not
    serve the due slot; `busy` are the runs that processes work on; `refused` is the upstream's latest answer, if that
    was a refusal; `recent` are the records of the last two weeks by slot, `ticks` the times that they had, `since`
    the first run's, `runs` their runs; `tries_a_step` is how often a step is tried before its run has failed;
    `pages_now` what a run of the due slot would ask for that a person opens, where it has none."""

    now: datetime
    due: datetime
    due_slot: str
    coming: datetime
    coming_slot: str
    plan: MonthPlan
    tries_a_step: int
    told_remaining: int | None = None
    pages_now: int = 0
    paused: Paused | None = None
    left_out: str | None = None
    run: RunFacts | None = None
    slot: SlotFacts | Unknown | None = None
    last: SlotFacts | Unknown | None = None
    busy: int = 0
    refused: str = ""
    dependencies: Sequence[Answered] = ()
    lag: Lag | Unknown = Unknown("not asked")
    pulse: Pulse | Unknown = Unknown("not asked")
    letters: Mapping[str, int] | Unknown = field(default_factory=dict)
    recent: Mapping[str, SlotFacts] | Unknown = field(default_factory=dict)
    ticks: Sequence[datetime] = ()
    since: datetime | None = None
    runs: Mapping[str, int] = field(default_factory=dict)
    findings: Sequence[Finding] = ()

    @property
    def age(self) -> timedelta:
        """How long ago the due slot's time was."""
        return self.now - self.due

    @property
    def is_published(self) -> bool:
        """The run of the due slot is done, and the slot is not closed, or that can't be told: the consumer has it."""
        is_closed = isinstance(self.slot, SlotFacts) and self.slot.closed_at is not None
        return self.run is not None and self.run.state == RunState.PUBLISHED and not is_closed

    def is_down(self, name: str) -> bool:
        return any(each.name == name and not each.is_up for each in self.dependencies)
