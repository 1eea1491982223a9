"""The files of a month's archive: Parquet, whole documents beside typed columns.

A document is kept as MongoDB's Extended JSON: nothing of it is lost.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from bson import json_util
from bson.json_util import JSONMode, JSONOptions
from django.conf import settings

from flights import store
from flights.documents import OBSERVATION_SEPARATOR, Document
from flights.exports.archives import FORMAT, PART, TABLES, ArchivedSlot, File, Manifest, Month, content_of
from flights.exports.columns import COLUMNS, SCHEMA_VERSION, Column, Kind, values_of
from flights.exports.writers import ParquetWriter

BATCH = 250
GROUP = 5_000  # rows of a file that are in memory at once
Tell = Callable[[str], None]

_JSON = JSONOptions(json_mode=JSONMode.RELAXED, tz_aware=True)
_DOCUMENT = Column("document", Kind.TEXT, ("document",), "The whole document, MongoDB Extended JSON v2, relaxed.")
_ID = Column("_id", Kind.TEXT, ("_id",), "The document's id.")
_OF_ANSWERS = (
    Column("indicator", Kind.TEXT, ("indicator",), "The question."),
    Column("slot", Kind.TEXT, ("slot",), "The slot that it is answered for."),
    Column("revision", Kind.INTEGER, ("revision",), "0 at first; each recomputation adds one."),
)
COLUMNS_OF: Mapping[str, tuple[Column, ...]] = {
    store.SLOTS: (_ID, Column("state", Kind.TEXT, ("state",), "What became of it."), _DOCUMENT),
    store.OBSERVATIONS: (_ID, *COLUMNS, _DOCUMENT),
    store.FLIGHTS: (_ID, *COLUMNS, _DOCUMENT),
    store.INDICATORS: (_ID, *_OF_ANSWERS, _DOCUMENT),
}


def write(
    folder: Path,
    month: Month,
    tables: Mapping[str, Iterable[Document]],
    slots: Mapping[str, int],
    now: datetime,
    tell: Tell,
) -> Manifest:
    """Write all tables and then the manifest; earlier files, and what a killed process left, go at the end.

    `slots` tells the revision of each. The caller holds the folder.
    """
    contents = _Contents()
    files = []
    for table in TABLES:
        told = contents.through(tables[table]) if table == store.OBSERVATIONS else tables[table]
        files.append(_write_file(folder, table, told))
        tell(f"{month}: {files[-1].rows:,} {table} written, {files[-1].bytes / 1e6:.1f} MB")
    archived = {slot: ArchivedSlot(revision, *contents.of(slot)) for slot, revision in slots.items()}
    return Manifest(FORMAT, SCHEMA_VERSION, str(month), settings.VERSION, now, files, archived)


def read(folder: Path, file: File) -> Iterator[list[Document]]:
    """The documents of a file in the order of their ids, a batch at a time."""
    with pq.ParquetFile(folder / file.name) as opened:
        for batch in opened.iter_batches(batch_size=BATCH, columns=[_DOCUMENT.name]):
            yield [json_util.loads(each, json_options=_JSON) for each in batch.column(0).to_pylist()]


class _Contents:
    """Counts and hashes each slot's observations as they pass, in the order of ids."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}

    def of(self, slot: str) -> tuple[int, str]:
        return self._known.get(slot) or content_of(())

    def through(self, documents: Iterable[Document]) -> Iterator[Document]:
        for slot, group in groupby(documents, key=lambda each: str(each["_id"]).partition(OBSERVATION_SEPARATOR)[0]):
            rows, content = 0, hashlib.sha256()
            for document in group:
                content.update(f"{document['_id']} {document['etag']}\n".encode())
                rows += 1
                yield document
            self._known[slot] = rows, content.hexdigest()


def _write_file(folder: Path, table: str, documents: Iterable[Document]) -> File:
    """Written beside, made sure of, then renamed."""
    part = folder / f"{table}{PART}"
    rows = 0
    with part.open("wb") as file:
        writer = ParquetWriter(file, COLUMNS_OF[table], GROUP)
        try:
            for batch in _batches(documents):
                whole = [{**each, _DOCUMENT.name: json_util.dumps(each, json_options=_JSON)} for each in batch]
                writer.write(values_of(whole, COLUMNS_OF[table]))
                rows += len(batch)
        finally:
            writer.finish()
        file.flush()
        os.fsync(file.fileno())
    with part.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    name = f"{table}.{sha256[:16]}.parquet"
    size = part.stat().st_size
    part.replace(folder / name)
    return File(table, name, rows, size, sha256)


def _batches(documents: Iterable[Any]) -> Iterator[list[Any]]:
    following = iter(documents)
    while batch := list(islice(following, BATCH)):
        yield batch
