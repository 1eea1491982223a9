"""Collections as files of BSON, as `mongodump --gzip` writes them, and put back."""

import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from msgspec import Struct

from flights import store
from flights.errors import DumpFault

LEVEL = 3  # of gzip: raw pages are packed already
MOST_BYTES = 8 * 1024 * 1024  # that are put back at once; one document may have more
TELL_EVERY = 50_000
_RAW = CodecOptions(document_class=RawBSONDocument)
Tell = Callable[[str], None]


class File(Struct, frozen=True):
    """One file of a backup. `documents`: of a collection."""

    name: str
    bytes: int
    sha256: str
    documents: int = 0


def write(collection: str, folder: Path, tell: Tell) -> File:
    """Write a collection as it is met, in no order; what is written to it meanwhile may be in it or not."""
    path = folder / f"{collection}.bson.gz"
    documents = 0
    with path.open("wb") as written, gzip.GzipFile(fileobj=written, mode="wb", compresslevel=LEVEL) as packed:
        for document in _each(collection):
            packed.write(document.raw)
            documents += 1
            if documents % TELL_EVERY == 0:
                tell(f"{collection}: {documents:,} documents")
        packed.close()
        written.flush()
        os.fsync(written.fileno())
    return described(path, documents)


def described(path: Path, documents: int = 0) -> File:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return File(path.name, path.stat().st_size, sha256, documents)


def put_back(collection: str, path: Path, tell: Tell) -> int:
    """Insert a file's documents into an empty collection; how many. Raises DumpFault for a file that is no such."""
    done = 0
    for batch in _batches(_read(path)):
        with store.store_errors():
            store.collection(collection).with_options(codec_options=_RAW).insert_many(batch, ordered=False)
        if done // TELL_EVERY != (done + len(batch)) // TELL_EVERY:
            tell(f"{collection}: {done + len(batch):,} documents")
        done += len(batch)
    return done


def filled_collections() -> list[str]:
    """Those of ours that hold any document."""
    with store.store_errors():
        return [name for name in store.INDEXES if store.collection(name).find_one({}, {"_id": 1}) is not None]


def empty_collections() -> None:
    with store.store_errors():
        for name in store.INDEXES:
            store.collection(name).drop()


def _each(collection: str) -> Iterator[RawBSONDocument]:
    with store.store_errors():
        raw = store.collection(collection).with_options(codec_options=_RAW)
        yield from raw.find({}, batch_size=store.BATCH)


def _read(path: Path) -> Iterator[RawBSONDocument]:
    try:
        with gzip.open(path) as file:
            yield from bson.decode_file_iter(cast(IO[bytes], file), _RAW)
    except (OSError, EOFError, BSONError) as error:
        raise DumpFault(f"{path} can't be read: {error}") from error


def _batches(documents: Iterable[RawBSONDocument]) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.raw)
        if size >= MOST_BYTES or len(batch) >= store.BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
