"""How many inputs each target gets, and what became of them."""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

FACTOR = int(os.environ.get("FUZZ_FACTOR", "1"))  # bin/test --fuzz sets it
OUTCOMES: dict[str, Counter[str]] = {}
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def fuzzed(inputs: int, *, shared_fixtures: bool = False) -> Callable[[Any], Any]:
    """So many inputs in every `bin/test`, and many times that in the long form; a failure is kept and tried first."""
    return settings(
        max_examples=inputs * FACTOR,
        deadline=None,
        derandomize=False,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        suppress_health_check=[*_QUIET, HealthCheck.function_scoped_fixture] if shared_fixtures else _QUIET,
    )


def count(target: str, outcome: str) -> None:
    OUTCOMES.setdefault(target, Counter())[outcome] += 1


def told() -> list[str]:
    """A line for each target, and one for all."""
    lines = [
        f"{target:<10} {counts.total():>7,} inputs: "
        + ", ".join(f"{outcome} {number:,}" for outcome, number in counts.most_common())
        for target, counts in sorted(OUTCOMES.items())
    ]
    total = sum(counts.total() for counts in OUTCOMES.values())
    return [*lines, f"{'in all':<10} {total:>7,} inputs"]
