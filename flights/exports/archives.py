"""The archive of a month: a folder of files (archive_files.py), named by a manifest with the checksum of each.

`2026-10/manifest.json` is replaced last and names the files; what it does not name is no part of the archive, so a
month is archived whole or not at all.
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from msgspec import Struct

from flights import store
from flights.documents import ENDS_BEFORE, Document
from flights.errors import ArchiveFault

FORMAT = 1  # of the manifest and the files; raise it when they change
MANIFEST = "manifest.json"
PART = ".part"
# The order is that of reading back: a slot's record before what it says, flights after what tells of them.
TABLES = (store.SLOTS, store.OBSERVATIONS, store.FLIGHTS, store.INDICATORS)


class File(Struct, frozen=True):
    """One file of the archive; `table` is the collection whose documents it holds."""

    table: str
    name: str
    rows: int
    bytes: int
    sha256: str


class ArchivedSlot(Struct, frozen=True):
    """A slot as it was archived: its closing, how many observations, and the hash of their ids and etags."""

    revision: int
    observations: int
    content: str


class Manifest(Struct, frozen=True):
    """What a month's archive holds; `version` is that of the code that wrote it."""

    format: int
    schema_version: int
    month: str
    version: str
    created_at: datetime
    files: list[File]
    slots: dict[str, ArchivedSlot]

    def file_of(self, table: str) -> File:
        return next(each for each in self.files if each.table == table)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month: UTC dates of slots, local departure dates of flights."""

    first: date

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def next(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def bounds(self) -> tuple[str, str]:
        """The range of the ids of the month's slots, and of its flights and observations: all begin with the date."""
        return f"{self}-", f"{self}-{ENDS_BEFORE}"


def parse_month(text: str) -> Month:
    """Raises ArchiveFault for what is no month.

    >>> str(parse_month("2026-10").next)
    '2026-11-01'
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            return Month(date.fromisoformat(f"{text}-01"))
    except ValueError:
        pass
    raise ArchiveFault(f"{text[:40]!r} is no month: write 2026-10")


def month_of(slot: str) -> Month:
    return parse_month(slot[:7])


def folder_of(month: Month, root: Path | None = None) -> Path:
    return (root or Path(settings.ARCHIVE_DIR)) / str(month)


@contextmanager
def held(month: Month, root: Path | None = None) -> Iterator[Path]:
    """The month's folder, for one process of this host alone; raises ArchiveFault while another has it."""
    folder = folder_of(month, root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ArchiveFault(f"another process is at work on the archive of {month}: wait for it") from error
            yield folder
    except OSError as error:
        raise ArchiveFault(f"the archive can't be written in {folder}: {error.strerror}") from error


def find(month: Month, root: Path | None = None) -> Manifest | None:
    """The manifest of an archived month; None where there is none. Raises ArchiveFault for one that can't be read."""
    path = folder_of(month, root) / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveFault(f"{path} can't be read: {error}") from error
    if manifest.format != FORMAT or {each.table for each in manifest.files} != set(TABLES):
        raise ArchiveFault(f"{path} is of format {manifest.format}, this version reads {FORMAT}")
    return manifest


def publish(folder: Path, manifest: Manifest) -> None:
    """Make the manifest's files the month's archive, and remove all others."""
    part = folder / f"{MANIFEST}{PART}"
    _write_whole(part, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    part.replace(folder / MANIFEST)
    sync_folder(folder)
    kept = {MANIFEST, "lock", *(each.name for each in manifest.files)}
    for path in folder.iterdir():
        if path.name not in kept and (path.suffix in (PART, ".parquet")):
            path.unlink(missing_ok=True)


def is_whole(folder: Path, file: File) -> bool:
    """Whether the file is there with the bytes that were written."""
    try:
        with (folder / file.name).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def content_of(documents: Iterable[Document]) -> tuple[int, str]:
    """How many observations these are, and the hash of their ids and etags."""
    rows, content = 0, hashlib.sha256()
    for document in documents:
        content.update(f"{document['_id']} {document['etag']}\n".encode())
        rows += 1
    return rows, content.hexdigest()


def _write_whole(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make sure of the names in a folder: a power cut may otherwise take back a renaming."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
