"""Finished files on disk: whole or not at all, up to a number of bytes, safe with several processes on one folder.

`KEY.SHA.FORM` is a file and `KEY.FORM.json` says which one is current. Files are renamed into place; who reads
one that is removed goes on reading it.
"""

import fcntl
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.conf import settings
from msgspec import Struct

from flights.exports.building import Written
from flights.exports.writers import Form

LOCKS = 16  # also the most files that are built at once
FOLDER = "exports"  # below the data folder
PART = ".part"
ABANDONED_SECONDS = 6 * 3600  # a part that old was left by a process that was killed


class Entry(Struct, frozen=True):
    """What is known of a finished file; `content` is the hash of what its rows say, whatever the form."""

    name: str
    rows: int
    bytes: int
    sha256: str
    content: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A finished file, open for reading; it can be read to its end even if it is removed meanwhile."""

    entry: Entry
    file: BinaryIO


def folder() -> Path:
    path = Path(settings.DATA_DIR) / FOLDER
    (path / "locks").mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(key: str) -> Iterator[None]:
    """One builder for each key among all processes of this host; others wait."""
    with (folder() / "locks" / f"{zlib.crc32(key.encode()) % LOCKS}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def new_part() -> Iterator[BinaryIO]:
    """An empty file to write to, gone at the end unless `keep` took it."""
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=PART, delete=False) as file:
        try:
            yield file  # type: ignore[misc]  # the wrapper has the methods of the file
        finally:
            Path(file.name).unlink(missing_ok=True)


def find(key: str, form: Form, since: datetime | None) -> OpenFile | None:
    """The finished file, if there is one that was made at or after `since`."""
    try:
        entry = msgspec.json.decode(_note(key, form).read_bytes(), type=Entry)
        if since and entry.created_at < since:
            return None
        file = (folder() / entry.name).open("rb")
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    if os.fstat(file.fileno()).st_size != entry.bytes:  # a power cut may leave a name without its bytes
        file.close()
        return None
    return OpenFile(entry, file)


def keep(key: str, form: Form, part: BinaryIO, written: Written, now: datetime) -> OpenFile:
    """Make a written part the current file, then remove the oldest files beyond the room there is."""
    part.flush()
    os.fsync(part.fileno())
    file = Path(part.name).open("rb")  # noqa: SIM115 - it is handed out open
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    entry = Entry(f"{key}.{sha256[:16]}.{form}", written.rows, file.tell(), sha256, written.content, now)
    file.seek(0)
    earlier = find(key, form, None)
    Path(part.name).replace(folder() / entry.name)
    _replace(_note(key, form), msgspec.json.encode(entry))
    if earlier:
        earlier.file.close()
        if earlier.entry.name != entry.name:
            (folder() / earlier.entry.name).unlink(missing_ok=True)
    _evict(keeping=key)
    return OpenFile(entry, file)


def _note(key: str, form: Form) -> Path:
    return folder() / f"{key}.{form}.json"


def _replace(path: Path, data: bytes) -> None:
    with new_part() as part:
        part.write(data)
        part.flush()
        Path(part.name).replace(path)


def _evict(keeping: str) -> None:
    """Remove the oldest files until the rest fits; those of one key stay, so that one file always can be made."""
    files = sorted(_finished(), key=lambda each: each[0])
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= settings.EXPORTS_MAX_BYTES:
            return
        key, _, form = path.name.split(".")
        if key != keeping:
            _note(key, Form(form)).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            total -= size


def _finished() -> Iterator[tuple[float, int, Path]]:
    """Time, size and path of each file; parts that nobody writes any more are removed on the way."""
    newest = 0.0
    parts: list[tuple[float, Path]] = []
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            told = path.stat()
            newest = max(newest, told.st_mtime)
            if path.suffix == PART:
                parts.append((told.st_mtime, path))
            elif path.suffix.removeprefix(".") in tuple(Form):
                yield told.st_mtime, told.st_size, path
    for written_at, path in parts:
        if newest - written_at > ABANDONED_SECONDS:
            path.unlink(missing_ok=True)
