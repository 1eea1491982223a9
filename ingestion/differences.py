"""What the present code makes of pages compared with what was made of them before: by movement, then by field. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from flights.records import FlightRecord

SAMPLES = 3  # of each field
_NOT_SAID = {"transform", "replay"}  # by whom and when it was read, not what it says


class Sample(Struct, frozen=True):
    """One value that changes, as JSON types."""

    flight_id: str
    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class Difference:
    """What would change. `changed` counts records by field (`departure.gate`); `samples` has some of each field.

    `found` and `lost` are records whose flight id was not, or is not any more, among those of their page; `refused`
    counts rows by reason that were used before, `used` counts rows that were refused before.
    """

    pages: int = 0
    pages_differing: int = 0
    records: int = 0
    records_changed: int = 0
    found: int = 0
    lost: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.pages_differing > 0

    def compare(
        self,
        before: Sequence[FlightRecord],
        after: Sequence[FlightRecord],
        reasons_before: Mapping[str, str],
        reasons_after: Mapping[str, str],
    ) -> None:
        """Count one page: its records, and of its refused rows the reason by digest."""
        old, new = ({record.flight_id: record for record in records} for records in (before, after))
        refused = Counter(reasons_after[row] for row in reasons_after.keys() - reasons_before.keys())
        used = Counter(reasons_before[row] for row in reasons_before.keys() - reasons_after.keys())
        found, lost = new.keys() - old.keys(), old.keys() - new.keys()
        changed = [key for key in old if key in new and self._note(old[key], new[key])]
        self.pages += 1
        self.pages_differing += bool(refused or used or found or lost or changed)
        self.records += len(old)
        self.records_changed += len(changed)
        self.found += len(found)
        self.lost += len(lost)
        self.refused += refused
        self.used += used
        self._sample("flight_id", ((key, key, None) for key in sorted(lost)))
        self._sample("flight_id", ((key, None, key) for key in sorted(found)))

    def _note(self, old: FlightRecord, new: FlightRecord) -> bool:
        changes = list(changed_fields(msgspec.to_builtins(old), msgspec.to_builtins(new)))
        for name, before, after in changes:
            self.changed[name] += 1
            self._sample(name, [(old.flight_id, before, after)])
        return bool(changes)

    def _sample(self, name: str, values: Iterable[tuple[str, Any, Any]]) -> None:
        have = sum(1 for sample in self.samples if sample.field == name)
        for flight_id, before, after in list(values)[: max(0, SAMPLES - have)]:
            self.samples.append(Sample(flight_id, name, before, after))


def changed_fields(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The innermost fields that differ, by their path.

    >>> list(changed_fields({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}))
    [('a.c', 2, 3)]
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            if path or name not in _NOT_SAID:
                yield from changed_fields(before[name], after.get(name), f"{path}.{name}" if path else name)
    elif before != after:
        yield path, before, after


def lines_of(difference: Difference) -> list[str]:
    """The difference in words, a line each."""
    if not difference:
        return [f"nothing differs in {difference.pages} pages with {difference.records} records"]
    told = [
        f"{difference.pages_differing} of {difference.pages} pages differ: {difference.records_changed} of "
        f"{difference.records} records change, {difference.found} are new, {difference.lost} are gone"
    ]
    told += [f"  rows refused now, {reason}: {count}" for reason, count in sorted(difference.refused.items())]
    told += [
        f"  rows used now, refused before as {reason}: {count}" for reason, count in sorted(difference.used.items())
    ]
    told += [f"  {name}: {count} records" for name, count in difference.changed.most_common()]
    told += [
        f"    {each.flight_id} {each.field}: {_json(each.before)} → {_json(each.after)}" for each in difference.samples
    ]
    return told


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
