"""Both databases as a folder of files, and put back: nothing is lost that Kafka still has, nothing counted twice.

The order makes it so, while everything goes on. First the run ledger: what MongoDB has beyond it is found there (a
page that is archived is not bought again). Then the offsets of the consumer group; then the documents: what they lack
is in messages from these offsets on, which are read again after a restore and change nothing where they are known.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings
from msgspec import Struct
from structlog import get_logger

from flights import dumps, store
from flights.dumps import File
from flights.errors import DumpFault
from ingestion import sql_copies
from streaming import offsets
from streaming.consumer import group
from streaming.errors import BrokerUnavailable

FORMAT = 1  # of the manifest and the files; raise it when they change
MANIFEST = "manifest.json"
Tell = Callable[[str], None]

logger = get_logger(__name__)


class Manifest(Struct, frozen=True):
    """What a backup holds; written last, so a folder without it is none. `offsets`: null when Kafka did not answer."""

    format: int
    version: str
    created_at: datetime
    sql: File | None
    offsets: dict[int, int] | None
    documents: dict[str, File]


def back_up(folder: Path, now: datetime, *, with_sql: bool, tell: Tell) -> Manifest:
    """Write a backup into a folder that is new or empty. Raises DumpFault, StoreUnavailable, LedgerUnavailable."""
    try:
        _make_private(folder)
        manifest = _written(folder, now, with_sql=with_sql, tell=tell)
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    except OSError as error:
        raise DumpFault(f"the backup can't be written in {folder}: {error.strerror}") from error
    logger.info("backed up", documents=sum(each.documents for each in manifest.documents.values()))
    return manifest


def _written(folder: Path, now: datetime, *, with_sql: bool, tell: Tell) -> Manifest:
    sql = dumps.described(sql_copies.write(folder)) if with_sql else None
    tell("the SQL database is copied" if sql else "the SQL database is left out, as asked")
    read_to = _committed(tell)
    documents = {}
    for name in store.INDEXES:
        documents[name] = dumps.write(name, folder, tell)
        tell(f"{name}: {documents[name].documents:,} documents, {documents[name].bytes / 1e6:.1f} MB")
    return Manifest(FORMAT, settings.VERSION, now, sql, read_to, documents)


def check(folder: Path) -> Manifest:
    """Hold every file against the manifest. Raises DumpFault for a backup that is not whole."""
    manifest = _manifest(folder)
    for file in [*manifest.documents.values(), *filter(None, [manifest.sql])]:
        try:
            found = dumps.described(folder / file.name, file.documents)
        except OSError as error:
            raise DumpFault(f"{folder / file.name} can't be read: {error.strerror}") from error
        if found != file:
            raise DumpFault(f"{folder / file.name} is damaged: it is not the file that was written")
    return manifest


def restore(folder: Path, *, with_sql: bool, replace: bool, tell: Tell) -> int:
    """Put a backup into empty databases, or in the place of what is there; how many messages Kafka has from then on.

    Raises DumpFault and GroupAtWork before anything is changed; StoreUnavailable, LedgerUnavailable, BrokerUnavailable.
    """
    manifest = check(folder)
    if with_sql and manifest.sql is None:
        raise DumpFault(
            "this backup was made without the SQL database: restore that by itself, then call --without-sql"
        )
    offsets.check_nobody_reads(group())
    _make_room(with_sql=with_sql, replace=replace)
    store.ensure_collections()
    for name, file in manifest.documents.items():
        tell(f"{name}: {dumps.put_back(name, folder / file.name, tell):,} documents are back")
    if with_sql and manifest.sql:
        sql_copies.put_back(folder / manifest.sql.name)
        tell("the SQL database is back")
    return offsets.go_back_to(group(), manifest.offsets or {})


def _make_room(*, with_sql: bool, replace: bool) -> None:
    filled = dumps.filled_collections()
    sql = with_sql and sql_copies.is_filled()
    if (filled or sql) and not replace:
        there = [*filled, *(["tables of the SQL database"] if sql else [])]
        raise DumpFault(f"there is something already: {', '.join(there)}; --replace removes all of that first")
    dumps.empty_collections()
    if sql:
        sql_copies.empty()


def _committed(tell: Tell) -> dict[int, int] | None:
    try:
        return offsets.committed(group())
    except BrokerUnavailable as error:
        tell(f"{error}: after a restore the topic will be read from its beginning")
        return None


def _make_private(folder: Path) -> None:
    """Password hashes are in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise DumpFault(f"{folder} is not empty: name a new folder for each backup")
    folder.chmod(0o700)


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise DumpFault(f"{folder} is no backup: it has no {MANIFEST}, which is written last") from error
    except (OSError, msgspec.DecodeError) as error:
        raise DumpFault(f"{path} can't be read: {error}") from error
    if manifest.format != FORMAT:
        raise DumpFault(f"{path} is of format {manifest.format}, this version reads {FORMAT}")
    return manifest
