"""Why the slot that is due is late, or that it is not, in plain sentences. Pure: facts in, words out.

Where the slot stands (`stages.py`) and what is wrong anywhere (`troubles.py`) are found apart. The cause is the first
trouble that stops a slot where this one stands; all others are told below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flightsite.operations.facts import Facts
from flightsite.operations.levels import Level, Stage, Trouble
from flightsite.operations.stages import Standing, is_late, standing_of
from flightsite.operations.troubles import troubles_of
from flightsite.operations.wording import clock, sentence

NOTHING_FOUND = "Nothing that this page looks at stops it"
SILENCE = " does not answer"
LOOK = "Look for the slot's name in the logs of worker and consumer"
ENDED = (Stage.CLOSED, Stage.MISSED, Stage.FAILED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to know first: `headline` says how the slot stands, `why` what is behind it, `mend` what to do. `others` is
    whatever else is wrong, worst first."""

    level: Level
    headline: str
    why: str = ""
    mend: str = ""
    others: Sequence[Trouble] = ()


def verdict_of(facts: Facts) -> Verdict:
    """The first thing that an operator should read."""
    standing, troubles = standing_of(facts), troubles_of(facts)
    if standing.stage in ENDED:
        cause = next((each for each in troubles if each.level is Level.BAD and each.stops), None)
        return _of_ended(facts, standing, cause, _others(troubles, cause))
    cause = next((each for each in troubles if standing.stage in each.stops), None)
    return _of_unfinished(facts, standing, cause, _others(troubles, cause))


def _others(troubles: Sequence[Trouble], cause: Trouble | None) -> list[Trouble]:
    """Each once: a server that is down may be found by several."""
    others: dict[str, Trouble] = {}
    for each in troubles:
        if cause is None or each.text != cause.text:
            others.setdefault(each.text, each)
    return sorted(others.values(), key=lambda each: -each.level)


def _of_ended(facts: Facts, standing: Standing, cause: Trouble | None, others: Sequence[Trouble]) -> Verdict:
    """How the slot ended; and, where something would stop the next one, what."""
    level = max(standing.level, *(min(each.level, Level.WARN) for each in others), Level.WELL)
    if cause is None:
        return _said(level, standing.headline, [standing.why], [standing.mend], others)
    is_said = standing.why and not _beside(standing.why, cause)
    danger = f"The next slot, due at {clock(facts.coming, facts.now)}, is in danger"
    danger += " too" if is_said else f": {cause.text}"
    return _said(max(level, Level.WARN), standing.headline, [standing.why, danger], [standing.mend, cause.mend], others)


def _of_unfinished(facts: Facts, standing: Standing, cause: Trouble | None, others: Sequence[Trouble]) -> Verdict:
    if cause is not None:
        level = max(standing.level, cause.level)
        why = [_beside(standing.why, cause), cause.text]
        return _said(level, standing.headline, why, [cause.mend], others)
    if not standing.why and is_late(facts) and standing.stage is not Stage.WORKING:
        return _said(Level.BAD, standing.headline, [NOTHING_FOUND, standing.signs], [standing.mend or LOOK], others)
    return _said(standing.level, standing.headline, [standing.why, standing.signs], [standing.mend], others)


def _beside(why: str, cause: Trouble) -> str:
    """What the stage knows besides the cause: that the same server does not answer is said once."""
    server, silence, _ = why.partition(SILENCE)
    return "" if silence and cause.text.startswith(f"{server}{silence}") else why


def _said(level: Level, headline: str, why: Sequence[str], mend: Sequence[str], others: Sequence[Trouble]) -> Verdict:
    return Verdict(level, sentence(headline), _joined(why), _joined(mend), others)


def _joined(texts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(sentence(each) for each in texts if each))
