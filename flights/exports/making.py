"""Files handed out: from the cache where they may be, else built whole first."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta

from flights import services
from flights.documents import Document
from flights.errors import FileNotWritten, SlotIsChanging
from flights.exports import cache
from flights.exports.building import Written, write_files
from flights.exports.cache import OpenFile
from flights.exports.subjects import Subject
from flights.exports.writers import WRITERS, Form

FRESH_SECONDS = 60  # a file of what may change is made anew when it is older

Files = Mapping[Form, OpenFile]


def open_files(subject: Subject, forms: Sequence[Form], now: datetime) -> Files:
    """The finished files, open; the caller closes them. Those of one call hold the same rows.

    Raises StoreUnavailable, SlotIsChanging, FileNotWritten: then there is no file, not a part of one.
    """
    try:
        if found := _found(subject, forms, now):
            return found
        with cache.locked(subject.key):
            return _found(subject, forms, now) or _built(subject, forms, now)
    except OSError as error:
        raise FileNotWritten(f"a file can't be written in {cache.FOLDER}: {error.strerror}") from error


def _found(subject: Subject, forms: Sequence[Form], now: datetime) -> Files | None:
    since = None if subject.slot else now - timedelta(seconds=FRESH_SECONDS)
    found = {form: opened for form in forms if (opened := cache.find(subject.key, form, since))}
    if len(found) == len(forms) and len({opened.entry.content for opened in found.values()}) == 1:
        return found
    for opened in found.values():
        opened.file.close()
    return None


def _built(subject: Subject, forms: Sequence[Form], now: datetime) -> Files:
    with ExitStack() as stack:
        parts = {form: stack.enter_context(cache.new_part()) for form in forms}
        documents = stack.enter_context(closing(_generated(subject)))
        written = write_files(documents, [WRITERS[form](part) for form, part in parts.items()])
        if subject.slot:
            _check(subject.slot, written)
        return {form: cache.keep(subject.key, form, part, written, now) for form, part in parts.items()}


def _generated(subject: Subject) -> Generator[Document, None, None]:
    yield from subject.read()


def _check(slot: Document, written: Written) -> None:
    """A closing's rows are noted when they are first written to a file: it never has others."""
    noted = services.note_content(slot["_id"], slot["revision"], written.content)
    if noted != written.content:
        raise SlotIsChanging(f"slot {slot['_id']} is being redriven")
