"""The promises of the pipeline, kept while its parts are killed, stopped, cut off and delayed.

`bin/test --chaos` plays 200 rounds; an ordinary test run plays a few. A round is repeated by its seed.
"""

import os
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.chaos.faults import Fault
from tests.chaos.rounds import A_WORLD, FIRST_SEED, Round

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "6"))


@dataclass
class Tally:
    """Every fault and whether it met a slot at work; the processes that ended by themselves and were started again."""

    faults: list[tuple[Fault, bool]] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def tally():
    """What struck in all rounds; told at the end."""
    kept = Tally()
    yield kept
    kinds = Counter(f"{fault.what} {fault.whom}" for fault, at_work in kept.faults if at_work)
    print(f"\n{len(kept.faults)} faults, {kinds.total()} of them while the slot was at work: {_told(kinds)}")  # noqa: T201 - to be read
    print(f"ended by themselves and started again: {_told(Counter(kept.gave_up)) or 'none'}")  # noqa: T201 - to be read


def _told(counts):
    return ", ".join(f"{kind} {times}" for kind, times in sorted(counts.items()))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + ROUNDS))
def test_a_round_of_faults_leaves_what_a_quiet_run_would_have_left(world, observer, watch, quiet_store, tally, seed):
    played = Round(world, observer, watch, seed, number=(seed - FIRST_SEED) % A_WORLD)
    findings = played.play()
    tally.faults += played.struck
    tally.gave_up += world.gave_up
    world.gave_up.clear()
    before = min(2, seed - 1)  # a fault may need something old to spoil
    again = f"CHAOS_SEED={seed - before} CHAOS_ROUNDS={before + 1} bin/test tests/chaos/test_rounds.py"
    faults = "; ".join(map(str, played.faults))
    assert not findings, f"{len(findings)} findings after [{faults}]. Again: {again}\n" + "\n".join(findings[:20])


def test_the_faults_met_slots_at_work(tally):
    at_work = [fault for fault, was_at_work in tally.faults if was_at_work]
    assert len(at_work) >= len(tally.faults) * 2 // 3
