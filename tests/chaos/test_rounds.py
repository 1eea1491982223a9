"""The promises of the pipeline, kept while its parts are killed, stopped, cut off and delayed.

`bin/test --chaos` plays 200 rounds; an ordinary test run plays a few. A round is repeated by its seed.
"""

import os
from collections import Counter

import pytest

from tests.chaos.faults import Fault
from tests.chaos.rounds import Round

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "6"))
FIRST_SEED = int(os.environ.get("CHAOS_SEED", "1"))


@pytest.fixture(scope="module")
def struck(world):
    """Every fault of all rounds, and whether it met a slot at work; told at the end."""
    met: list[tuple[Fault, bool]] = []
    yield met
    kinds = Counter(f"{fault.what} {fault.whom}" for fault, at_work in met if at_work)
    told = ", ".join(f"{kind} {times}" for kind, times in sorted(kinds.items()))
    print(f"\n{len(met)} faults, {kinds.total()} of them while the slot was at work: {told}")  # noqa: T201 - to be read
    ended = ", ".join(f"{what}: {times}" for what, times in sorted(Counter(world.gave_up).items()))
    print(f"ended by themselves and started again: {ended or 'none'}")  # noqa: T201 - to be read


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + ROUNDS))
def test_a_round_of_faults_leaves_what_a_quiet_run_would_have_left(world, observer, watch, quiet_store, struck, seed):
    played = Round(world, observer, watch, seed, number=seed - FIRST_SEED)
    findings = played.play()
    struck += played.struck
    before = min(2, seed - 1)  # a fault may need something old to spoil
    again = f"CHAOS_SEED={seed - before} CHAOS_ROUNDS={before + 1} bin/test tests/chaos/test_rounds.py"
    faults = "; ".join(map(str, played.faults))
    assert not findings, f"{len(findings)} findings after [{faults}]. Again: {again}\n" + "\n".join(findings[:20])


def test_the_faults_met_slots_at_work(struck):
    at_work = [fault for fault, was_at_work in struck if was_at_work]
    assert len(at_work) >= len(struck) * 2 // 3
