"""What is done to an installation in one round: drawn from a seed, so that it can be done again. Pure."""

from dataclasses import dataclass
from random import Random

# When: the first moment at which the round is seen in this phase, and up to so many seconds later.
LONGEST_WAIT = {"extraction": 1.4, "transformation": 0.3, "save_data": 0.2, "consuming": 1.0}
PHASES = tuple(LONGEST_WAIT)

WORKERS = ("worker", "worker-child")
KILLS = ("beat", "consumer-1", "consumer-2", "both-consumers")
SERVERS = ("mongodb", "kafka", "redis")
STOPS = ("worker", "beat", *SERVERS)
CONSUMERS = ("consumer-1", "consumer-2")
LINES = ("mongodb", "kafka", "redis", "upstream")
CUTS = ("reset", "black hole", "delay", "half an answer")
UPSTREAM = ("500", "html", "truncated", "truncated-json", "error-200", "429-rate", "reset")
# Weights: what the promises are about most often.
KINDS = {"worker": 5, "kill": 5, "server": 3, "stop": 3, "sleep": 4, "cut": 4, "upstream": 1, "join": 2}
FILLED_EVERY = 5  # in one round of so many the worker's disk is full for a while
SHORT_STOP, LONG_STOP = 1.5, 10.0  # seconds; the long one outlasts the consumers' session


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
    """One to three faults, and now and then a full disk, in the order of their phases."""
    draws = Random(seed)  # noqa: S311 - to be repeated, not to be kept secret
    faults = [_draw_fault(draws) for _ in range(draws.choice((1, 1, 2, 2, 3)))]
    if seed % FILLED_EVERY == 0:
        phase = draws.choice(PHASES[:3])
        faults.append(Fault(phase, draws.uniform(0, LONGEST_WAIT[phase]), "fill", "worker", SHORT_STOP))
    return sorted(faults, key=lambda fault: (PHASES.index(fault.phase), fault.wait))


def _draw_fault(draws: Random) -> Fault:
    kind = draws.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    phase = draws.choice(PHASES)
    match kind:
        case "worker":  # while it is at one of its three steps
            phase = draws.choice(PHASES[:3])
            what, whom, seconds = "kill", draws.choice(WORKERS), draws.uniform(0, 1.0)
        case "kill":
            what, whom, seconds = "kill", draws.choice(KILLS), draws.uniform(0, 1.0)
        case "server":
            what, whom, seconds = "kill", draws.choice(SERVERS), draws.uniform(0, 2.0)
        case "stop":
            what, whom, seconds = "stop", draws.choice(STOPS), SHORT_STOP
        case "sleep":  # when it wakes up its partitions are another's; one of the two has just read what it will write
            phase, whom, seconds = (
                "consuming",
                draws.choice(CONSUMERS),
                draws.choice((SHORT_STOP, LONG_STOP, LONG_STOP)),
            )
            what = "stop at a read of" if whom == CONSUMERS[0] else "stop"
        case "cut":
            what, whom, seconds = draws.choice(CUTS), draws.choice(LINES), 2.0
        case "join":  # a third consumer: its coming, and its sudden end, each move partitions
            what, whom, seconds = "join", "consumer-3", draws.uniform(0.5, 3.0)
        case _:
            phase = "extraction"
            what, whom, seconds = "answer", draws.choice(UPSTREAM), draws.uniform(0.2, 1.5)
    return Fault(phase, draws.uniform(0, LONGEST_WAIT[phase]), what, whom, seconds)
