"""The dead letters' only writer: kept once per content, counted once per place, bounded, closed with a reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from msgspec import Struct
from msgspec.structs import replace

from flights import store
from flights.blots import blotted, blotted_text
from flights.errors import StoreUnavailable
from streaming import letters
from streaming.errors import NoOpenLetter
from streaming.letters import DeadLetter, Document, LetterState, Place, Refusals

MOST_OPEN = 10_000  # open letters kept of one reason
TRIES = 20
EVERY_REASON = ("", "\x7f")


class Kept(Struct, frozen=True):
    """What keeping came to: the letter that each content became, refusals counted, and who is new."""

    ids: dict[str, str]
    counted: Counter[str]
    opened: list[tuple[DeadLetter, Place]]


def keep(refused: Iterable[tuple[DeadLetter, Place]], now: datetime) -> Kept:
    """Keep or count what was refused; safe to repeat. Equal contents of one call cost one write.

    Raises StoreUnavailable: then any part may be written, and the same call must be made again.
    """
    groups = _by_content(refused)
    known = store.read_by_id(store.DEAD_LETTERS, list(groups)) if groups else {}
    placed = _within_bounds(groups, known)
    kept = Kept({key: placed[key].letter.id for key in groups}, Counter(), [])
    _write(_by_letter(placed), kept, now)
    return kept


def _by_content(refused: Iterable[tuple[DeadLetter, Place]]) -> dict[str, Refusals]:
    places: dict[str, list[Place]] = {}
    last: dict[str, DeadLetter] = {}
    for letter, place in refused:
        places.setdefault(letter.id, []).append(place)
        last[letter.id] = letter
    return {key: Refusals(_fit_to_keep(letter), places[key]) for key, letter in last.items()}


def _fit_to_keep(letter: DeadLetter) -> DeadLetter:
    """Without the access key, and with the version of the whole."""
    key = settings.AVIATIONSTACK["access_key"]
    return replace(
        letter,
        text=blotted_text(letter.text, key),
        version=f"{letter.version}, flightsite {settings.VERSION}",
        payload=None if letter.payload is None else blotted(letter.payload, key),
        key=None if letter.key is None else blotted(letter.key, key),
        headers=[(blotted_text(name, key), _blotted(value, key)) for name, value in letter.headers or []],
    )


def _blotted(value: str | bytes | None, key: str) -> bytes | None:
    if value is None:
        return None
    return blotted(value.encode() if isinstance(value, str) else value, key)


def _within_bounds(groups: Mapping[str, Refusals], known: Mapping[str, Document]) -> dict[str, Refusals]:
    """Each content's letter, where a reason has no room for another one its overflow letter.

    Two consumers that look at once may keep a batch more: the bound is for space, not for show.
    """
    new = [group.letter for key, group in groups.items() if key not in known]
    if not new:
        return dict(groups)
    found = store.read_by_id(store.DEAD_LETTER_REASONS, sorted({letter.reason for letter in new}))
    room = Counter({letter.reason: MOST_OPEN for letter in new})
    room.subtract({reason: document["open"] for reason, document in found.items()})
    placed = dict(groups)
    for letter in new:
        room[letter.reason] -= 1
        if room[letter.reason] < 0:
            placed[letter.id] = Refusals(letters.overflow(letter, MOST_OPEN), groups[letter.id].places)
    return placed


def _by_letter(placed: Mapping[str, Refusals]) -> dict[str, Refusals]:
    together: dict[str, Refusals] = {}
    for group in placed.values():
        others = together.get(group.letter.id)
        together[group.letter.id] = Refusals(group.letter, [*(others.places if others else []), *group.places])
    return together


def _write(groups: Mapping[str, Refusals], kept: Kept, now: datetime) -> None:
    """Fold each group into its letter; whatever another wrote meanwhile is read and folded again."""
    left = dict(groups)
    opened: Counter[str] = Counter()
    for _ in range(TRIES):
        if not left:
            _count_open(opened)
            return
        known = store.read_by_id(store.DEAD_LETTERS, list(left))
        after = {key: letters.folded(known.get(key), group, now) for key, group in left.items()}
        missed = _written(known, after)
        for key in left.keys() - missed:
            _note(kept, opened, known.get(key), after[key], left[key])
        left = {key: left[key] for key in missed}
    raise StoreUnavailable(f"{len(left)} dead letters kept changing under {TRIES} tries")


def _written(known: Mapping[str, Document], after: Mapping[str, Document]) -> set[str]:
    """Write what changed; the keys of those that another has written meanwhile."""
    missed = store.insert_new(store.DEAD_LETTERS, [each for key, each in after.items() if key not in known])
    changes = [(known[key]["etag"], each) for key, each in after.items() if key in known and each is not known[key]]
    if not store.replace_unchanged(store.DEAD_LETTERS, changes):
        missed |= {each["_id"] for _, each in changes}
    return missed


def _note(kept: Kept, opened: Counter[str], before: Document | None, after: Document, group: Refusals) -> None:
    kept.counted[after["reason"]] += after["count"] - (before["count"] if before else 0)
    opened[after["reason"]] += after["state"] == LetterState.OPEN
    if before:
        opened[before["reason"]] -= before["state"] == LetterState.OPEN
    place = letters.is_opened_by(after, group.places)
    if place:
        kept.opened.append((group.letter, place))


def _count_open(changes: Mapping[str, int]) -> None:
    """What is counted here is only for the bound and for lists; `recount` makes up for a crash before it."""
    store.add(store.DEAD_LETTER_REASONS, {reason: {"open": by} for reason, by in changes.items() if by})


def close(document: Document, state: LetterState, by: str, why: str, now: datetime) -> bool:
    """Close an open letter unless it was refused again since it was read; whether it was closed."""
    unchanged = {"_id": document["_id"], "state": LetterState.OPEN.value, "etag": document.get("etag")}
    return store.update_if(store.DEAD_LETTERS, unchanged, letters.closed(state, by, why, now)) is not None


def open_among(ids: Iterable[str]) -> set[str]:
    """Those of these letters that are open."""
    wanted = sorted(ids)
    if not wanted:
        return set()
    return set(store.find_in(store.DEAD_LETTERS, wanted, {"state": LetterState.OPEN.value}, {"_id": 1}))


def recount() -> dict[str, int]:
    """Count the open letters of each reason anew: after closing some, and at each `prepare`."""
    found = store.find_by(store.DEAD_LETTERS, {"state": LetterState.OPEN.value}, fields={"reason": 1})
    counts = Counter(document["reason"] for document in found)
    for reason in {*counts, *open_by_reason()}:
        store.upsert(store.DEAD_LETTER_REASONS, reason, {"open": counts[reason]})
    return dict(counts)


def open_by_reason() -> dict[str, int]:
    """Every reason that was ever met, with its open letters."""
    return {each["_id"]: each["open"] for each in store.find_range(store.DEAD_LETTER_REASONS, EVERY_REASON)}


def open_letters(reason: str | None, limit: int) -> list[Document]:
    """Open letters, of one reason or of all."""
    wanted = {"state": LetterState.OPEN.value, **({"reason": reason} if reason else {})}
    return store.find_by(store.DEAD_LETTERS, wanted, limit=limit)


def choose(ids: Sequence[str], reason: str | None, limit: int) -> list[Document]:
    """Open letters as an operator names them; raises NoOpenLetter for an id that is unknown or closed."""
    if not ids:
        return open_letters(reason, limit)
    found = letters_with_ids(ids)
    missing = set(ids) - {letter["_id"] for letter in found if letter["state"] == LetterState.OPEN}
    if missing:
        raise NoOpenLetter(f"there is no open letter {', '.join(sorted(missing))}")
    return [letter for letter in found if reason in (None, letter["reason"])][:limit]


def letters_with_ids(ids: Sequence[str]) -> list[Document]:
    found = store.read_by_id(store.DEAD_LETTERS, ids)
    return [found[key] for key in ids if key in found]
