"""The door to MongoDB: the connection, and the few forms of reading and writing that everything uses.

Only forms that answer alike on every engine tested are used (docs/decisions.md). Errors of the connection
become StoreUnavailable; everything written here is idempotent under a natural `_id`.
"""
# isort: skip_file

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from django.conf import settings
from pymongo import ASCENDING, DESCENDING, DeleteOne, InsertOne, MongoClient, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from flights import metrics
from flights.collections import (
    CHANGES as CHANGES,
    CHANGE_DAYS as CHANGE_DAYS,
    DEAD_LETTERS as DEAD_LETTERS,
    DEAD_LETTER_REASONS as DEAD_LETTER_REASONS,
    Document as Document,
    EXPIRIES as EXPIRIES,
    FLIGHTS as FLIGHTS,
    INDEXES as INDEXES,
    INDICATORS as INDICATORS,
    OBSERVATIONS as OBSERVATIONS,
    PAGES as PAGES,
    REFERENCE_AIRCRAFT_TYPES as REFERENCE_AIRCRAFT_TYPES,
    REFERENCE_AIRFRAMES as REFERENCE_AIRFRAMES,
    REFERENCE_AIRLINES as REFERENCE_AIRLINES,
    REFERENCE_AIRPORTS as REFERENCE_AIRPORTS,
    REFERENCE_COUNTRIES as REFERENCE_COUNTRIES,
    REFERENCE_VERSIONS as REFERENCE_VERSIONS,
    SLOTS as SLOTS,
    UPGRADES as UPGRADES,
)
from flights.errors import StoreUnavailable

DAY_SECONDS = 24 * 3600
BATCH = 2_000
DUPLICATE_KEY = 11000
LOGIN_REFUSED = (13, 18, 8000)  # Unauthorized, AuthenticationFailed, and what Atlas says for both
OUT_OF_DISK_SPACE = 14031
CURSOR_NOT_FOUND = 43
SERVER_FAULTS = {1, OUT_OF_DISK_SPACE}  # 1: internal error, which is what some engines say of a full disk
_TIMEOUTS = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 60_000,
}
_clients: dict[tuple[int, str], MongoClient[Document]] = {}


class _Timings(CommandListener):
    """Counts how long each command took; a write that the server refuses in parts has succeeded as a command."""

    def started(self, event: CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: CommandSucceededEvent) -> None:
        metrics.count_command(event.command_name, "ok", event.duration_micros)

    def failed(self, event: CommandFailedEvent) -> None:
        metrics.count_command(event.command_name, "failed", event.duration_micros)


def database() -> Database[Document]:
    """This process' database handle; a forked child gets a client of its own."""
    return _client(os.getpid(), settings.MONGODB_URI)[settings.MONGODB_DATABASE]


def collection(name: str) -> Collection[Document]:
    """The collection with dates read as aware UTC."""
    return database().get_collection(name, codec_options=CodecOptions(tz_aware=True, tzinfo=UTC))


def _client(pid: int, uri: str) -> MongoClient[Document]:
    if found := _clients.get((pid, uri)):
        return found
    unset: dict[str, Any] = {name: value for name, value in _TIMEOUTS.items() if name.lower() not in uri.lower()}
    made: MongoClient[Document] = MongoClient(uri, appname="flightsite", event_listeners=[_Timings()], **unset)
    kept = _clients.setdefault((pid, uri), made)
    if kept is not made:  # two threads were the first; no lock, as a forked child would find it held
        made.close()
    return kept


def close() -> None:
    """Close this process' connections; the next use opens new ones."""
    for key in [key for key in _clients if key[0] == os.getpid()]:
        _clients.pop(key).close()


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns lost connections, time-outs, refused logins and faults of the server, such as a full disk, into
    StoreUnavailable; without the address, which may hold a password.
    """
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout) as error:
        raise StoreUnavailable(f"MongoDB does not answer ({type(error).__name__})") from error
    except OperationFailure as error:
        if trouble := _trouble(error):
            raise StoreUnavailable(trouble) from error
        raise


def _trouble(error: OperationFailure) -> str | None:
    """What is wrong with the server; None where it is the request that is wrong."""
    details = (error.details or {}) if isinstance(error, BulkWriteError) else {}
    codes = {error.code, *(fault["code"] for fault in details.get("writeErrors", []))}
    if details.get("writeConcernErrors"):
        return "MongoDB did not acknowledge a write"
    if error.code in LOGIN_REFUSED:
        return "MongoDB refuses the login of MONGODB_URI"
    if error.code == CURSOR_NOT_FOUND:
        return "MongoDB lost the place of a long read"
    if OUT_OF_DISK_SPACE in codes:
        return "MongoDB has no room left on its disk: free some there"
    if codes & SERVER_FAULTS:
        return "MongoDB failed (internal error): see its log; is its disk full?"
    return None


def ping(seconds: float = 5.0) -> None:
    """Raises StoreUnavailable when MongoDB does not answer in time."""
    with store_errors(), pymongo.timeout(seconds):
        database().command("ping")


def within(seconds: float) -> AbstractContextManager[Any]:
    """All that is asked of MongoDB inside takes no longer than this; what does raises StoreUnavailable."""
    return pymongo.timeout(seconds)


def ensure_collections() -> list[str]:
    """Create what is missing of collections, indexes and fields; safe to repeat. Returns the collections' names."""
    with store_errors():
        present = set(database().list_collection_names())
        for name, indexes in INDEXES.items():
            if name not in present:
                database().create_collection(name)
            for keys in indexes:
                collection(name).create_index(keys)
        for name, date, days in EXPIRIES:
            collection(name).create_index(date, expireAfterSeconds=days * DAY_SECONDS)
        for name, lacking, values in UPGRADES:
            collection(name).update_many(lacking, {"$set": values})
    return list(INDEXES)


def missing_indexes() -> list[str]:
    """Indexes that `ensure_collections` makes and that are not there, such as `flights(carriers, _id)`."""
    with store_errors():
        present = {name: [index["key"] for index in collection(name).index_information().values()] for name in INDEXES}
    dates = [(name, [(date, ASCENDING)]) for name, date, _ in EXPIRIES]
    wanted = [*((name, keys) for name, each in INDEXES.items() for keys in each), *dates]
    return [f"{name}({', '.join(key for key, _ in keys)})" for name, keys in wanted if keys not in present[name]]


def read_by_id(name: str, ids: Sequence[str]) -> dict[str, Document]:
    """The documents with these ids, by id; one read."""
    with store_errors():
        found = collection(name).find({"_id": {"$in": list(ids)}})
        return {document["_id"]: document for document in found}


def insert_new(name: str, documents: Iterable[Document]) -> set[str]:
    """Insert documents; returns the ids that were there already (left as they were)."""
    operations = [InsertOne(document) for document in documents]
    if not operations:
        return set()
    try:
        with store_errors():
            collection(name).bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        return _duplicates(error, operations)
    return set()


def _duplicates(error: BulkWriteError, operations: list[InsertOne[Document]]) -> set[str]:
    faults = (error.details or {}).get("writeErrors", [])
    if any(fault["code"] != DUPLICATE_KEY for fault in faults):
        raise error
    return {operations[fault["index"]]._doc["_id"] for fault in faults}  # noqa: SLF001 - op is not echoed by all engines


def replace_unchanged(name: str, changes: Sequence[tuple[str, Document]]) -> bool:
    """Replace each document if its etag still is the one given; True when every one was."""
    if not changes:
        return True
    operations = [ReplaceOne({"_id": new["_id"], "etag": old}, new) for old, new in changes]
    with store_errors():
        return collection(name).bulk_write(operations, ordered=False).matched_count == len(changes)


def remove_unchanged(name: str, documents: Sequence[Document]) -> bool:
    """Remove each document if its etag still is the one given; True when every one was."""
    if not documents:
        return True
    operations = [DeleteOne({"_id": each["_id"], "etag": each["etag"]}) for each in documents]
    with store_errors():
        return collection(name).bulk_write(operations, ordered=False).deleted_count == len(documents)


def upsert(name: str, key: str, values: Mapping[str, Any], on_insert: Mapping[str, Any] | None = None) -> None:
    """Set some fields of one document, creating it when it is missing."""
    change: dict[str, Any] = {"$set": dict(values)}
    if on_insert:
        change["$setOnInsert"] = dict(on_insert)
    with store_errors():
        collection(name).update_one({"_id": key}, change, upsert=True)


def update_if(name: str, condition: Mapping[str, Any], values: Mapping[str, Any]) -> Document | None:
    """Set fields of the one document that meets the condition; the new document, or None when none did."""
    with store_errors():
        return collection(name).find_one_and_update(
            dict(condition), {"$set": dict(values)}, return_document=ReturnDocument.AFTER
        )


def append(name: str, key: str, values: Mapping[str, Any]) -> None:
    """Add a document that carries the store's own clock in `at`: the instant of the write, whoever wrote it and
    however long that took. Safe to repeat.
    """
    change = {"$setOnInsert": dict(values), "$currentDate": {"at": True}}
    with store_errors():
        collection(name).update_one({"_id": key}, change, upsert=True)


def clock() -> datetime:
    """What time the store has (UTC)."""
    with store_errors():
        told: datetime = database().command("hello")["localTime"]
    return told.replace(tzinfo=UTC)


def add(name: str, amounts: Mapping[str, Mapping[str, int]]) -> None:
    """Add to numbers of documents, by id, creating those that are missing. Not to be repeated: it adds again."""
    operations = [UpdateOne({"_id": key}, {"$inc": dict(by)}, upsert=True) for key, by in amounts.items()]
    if operations:
        with store_errors():
            collection(name).bulk_write(operations, ordered=False)


def remove(name: str, ids: Sequence[str]) -> None:
    """Remove documents by id, a batch at a time. Safe to repeat."""
    with store_errors():
        for start in range(0, len(ids), BATCH):
            collection(name).delete_many({"_id": {"$in": list(ids[start : start + BATCH])}})


def size_of(name: str) -> tuple[int, int]:
    """How many documents a collection has and how many bytes they take, as the server keeps count."""
    with store_errors():
        told = database().command({"collStats": name})
    return int(told.get("count", 0)), int(told.get("size", 0))


def find_one(name: str, key: str) -> Document | None:
    with store_errors():
        return collection(name).find_one({"_id": key})


def find_range(
    name: str,
    bounds: tuple[str, str],
    conditions: Mapping[str, Any] | None = None,
    *,
    limit: int = 0,
    fields: Mapping[str, int] | None = None,
    descending: bool = False,
) -> list[Document]:
    """Documents with lower < _id < upper in `_id` order; both ends bound, as every list here is."""
    lower, upper = bounds
    query = {"_id": {"$gt": lower, "$lt": upper}, **(conditions or {})}
    order = DESCENDING if descending else ASCENDING
    with store_errors():
        found = collection(name).find(query, projection=fields).sort("_id", order).limit(limit)
        return list(found)


def each_in_range(
    name: str,
    bounds: tuple[str, str],
    fields: Mapping[str, int] | None = None,
    conditions: Mapping[str, Any] | None = None,
) -> Iterator[Document]:
    """Some fields, or all, of all documents with lower < _id < upper in `_id` order, a batch at a time in memory."""
    lower, upper = bounds
    query = {"_id": {"$gt": lower, "$lt": upper}, **(conditions or {})}
    with store_errors():
        yield from collection(name).find(query, projection=fields, batch_size=BATCH).sort("_id", ASCENDING)


def find_since(name: str, since: datetime, until: datetime, *, limit: int) -> list[Document]:
    """Documents with since <= at <= until in the order of `at`, then `_id`."""
    order = [("at", ASCENDING), ("_id", ASCENDING)]
    with store_errors():
        return list(collection(name).find({"at": {"$gte": since, "$lte": until}}).sort(order).limit(limit))


def find_by(
    name: str, conditions: Mapping[str, Any], *, limit: int = 0, fields: Mapping[str, int] | None = None
) -> list[Document]:
    """Documents that meet conditions which an index answers, in `_id` order."""
    with store_errors():
        return list(collection(name).find(dict(conditions), projection=fields).sort("_id", ASCENDING).limit(limit))


def find_in(
    name: str, ids: Sequence[str], conditions: Mapping[str, Any], fields: Mapping[str, int]
) -> dict[str, Document]:
    """Those of some documents that meet the conditions, by id; one read."""
    with store_errors():
        found = collection(name).find({"_id": {"$in": list(ids)}, **conditions}, projection=fields)
        return {document["_id"]: document for document in found}


def count_range(
    name: str, bounds: tuple[str, str], conditions: Mapping[str, Any] | None = None, *, limit: int = 0
) -> int:
    """How many documents of a bounded range of `_id` meet the conditions (a day or a slot: this reads the range);
    counting stops at the limit, where one is given.
    """
    lower, upper = bounds
    query = {"_id": {"$gt": lower, "$lt": upper}, **(conditions or {})}
    most: dict[str, Any] = {"limit": limit} if limit else {}
    with store_errors():
        return collection(name).count_documents(query, **most)
