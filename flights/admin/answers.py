"""A slot's answers at a glance: each with n, coverage and what was left out."""

from collections.abc import Mapping
from typing import Any

from flights import queries
from flights.admin.reading import NOTHING, Section, utc
from flights.indicators.registry import REGISTRY
from flights.indicators.words import in_words

HEADERS = ("question", "answer", "n", "of", "coverage", "left out", "revision", "computed")


def answers_of(slot: str) -> Section:
    """The newest revision of each answer; a note where there are none."""
    found = queries.answers_of_slot(slot)
    rows = [_row(REGISTRY[name].title, found[name]) for name in REGISTRY if name in found]
    note = "" if rows else "No answers: they are computed when a slot closes."
    return Section("Answers", HEADERS if rows else (), rows, note)


def _row(title: str, answer: Mapping[str, Any]) -> tuple[Any, ...]:
    excluded = ", ".join(f"{count:,} {reason}" for reason, count in answer["excluded"].items())
    return (
        title,
        in_words(answer["indicator"], answer["value"], answer["reason"], answer["ties"]),
        f"{answer['n']:,}",
        f"{answer['population']:,}",
        NOTHING if answer["coverage"] is None else f"{answer['coverage']:.1%}",
        excluded or NOTHING,
        answer["revision"],
        utc(answer["computed_at"]),
    )
