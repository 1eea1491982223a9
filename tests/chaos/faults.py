"""What is done to an installation in one round: drawn from a seed, so that it can be done again. Pure."""

from dataclasses import dataclass
from random import Random

# When: the first moment at which the round is seen in this phase, and a little later.
PHASES = ("extraction", "transformation", "save_data", "consuming")
LONGEST_WAIT = 0.8

KILLS = ("worker", "worker-child", "beat", "consumer-1", "consumer-2", "both-consumers")
SERVERS = ("mongodb", "kafka", "redis")
STOPS = ("worker", "beat", *SERVERS)
CONSUMERS = ("consumer-1", "consumer-2")
LINES = ("mongodb", "kafka", "redis", "upstream")
CUTS = ("reset", "black hole", "delay", "half an answer")
UPSTREAM = ("500", "html", "truncated", "truncated-json", "error-200", "429-rate", "reset")
SHORT_STOP, LONG_STOP = 1.5, 8.0  # seconds; the long one outlasts the consumers' session


@dataclass(frozen=True, slots=True)
class Fault:
    """`what` is done to `whom`, once the round is in `phase` and `wait` seconds have gone; it lasts `seconds`."""

    phase: str
    wait: float
    what: str
    whom: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.what} {self.whom} {self.wait:.2f} s into {self.phase}, for {self.seconds:.1f} s"


def draw_faults(seed: int) -> list[Fault]:
    """One to three faults, in the order of their phases."""
    draws = Random(seed)  # noqa: S311 - to be repeated, not to be kept secret
    faults = [_draw_fault(draws) for _ in range(draws.choice((1, 1, 2, 2, 3)))]
    return sorted(faults, key=lambda fault: (PHASES.index(fault.phase), fault.wait))


def _draw_fault(draws: Random) -> Fault:
    kind = draws.choices(("kill", "kill server", "stop", "sleep", "cut", "upstream", "join"), (8, 3, 3, 4, 4, 1, 2))[0]
    phase, wait = draws.choice(PHASES), draws.uniform(0, LONGEST_WAIT)
    if kind == "kill":
        return Fault(phase, wait, "kill", draws.choice(KILLS), draws.uniform(0, 1.0))
    if kind == "kill server":
        return Fault(phase, wait, "kill", draws.choice(SERVERS), draws.uniform(0, 2.0))
    if kind == "stop":
        whom = draws.choice(STOPS)
        long = whom.startswith("consumer") and draws.random() < 0.6
        return Fault(phase, wait, "stop", whom, LONG_STOP if long else SHORT_STOP)
    if kind == "cut":
        return Fault(phase, wait, draws.choice(CUTS), draws.choice(LINES), 2.0)
    if kind == "join":  # a third consumer: its coming, and its sudden end, each move partitions
        return Fault(phase, wait, "join", "consumer-3", draws.uniform(0.5, 3.0))
    return Fault("extraction", 0.0, "answer", draws.choice(UPSTREAM), draws.uniform(0.2, 1.5))
