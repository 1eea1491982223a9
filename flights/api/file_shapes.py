"""The public shape of manifests: files with their checksums, and the meaning of each column."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from flights.api.envelope_shapes import AnswerMeta, Basis, Days
from flights.api.shapes import Counts
from flights.exports.cache import Entry
from flights.exports.columns import COLUMNS
from flights.exports.writers import MEDIA_TYPES, Form


class FileTold(Struct, frozen=True, kw_only=True):
    """One file: where it is, and what its bytes must be."""

    form: Form
    media_type: str
    url: str
    bytes: int
    sha256: Annotated[str, Meta(description="Of the bytes without content coding, hexadecimal.")]


class ColumnTold(Struct, frozen=True, kw_only=True):
    """One column; every file has all of them in this order."""

    name: str
    type: str
    unit: str | None
    definition: str


class Manifest(Struct, frozen=True, kw_only=True):
    """The files of one question, all of the same rows; `immutable` files are the same whenever they are fetched."""

    rows: int
    content: Annotated[str, Meta(description="Hash of what the rows say; the same for every form.")]
    created_at: datetime
    immutable: bool
    schema_version: Annotated[int, Meta(description="Version of the columns and of how they are written.")]
    revision: Annotated[int | None, Meta(description="The closing of the slot; null where no slot is read whole.")]
    files: list[FileTold]
    columns: list[ColumnTold]
    counts: Annotated[Counts | UnsetType, Meta(description="What was received and stored for the slot.")] = UNSET


class ManifestMeta(AnswerMeta, frozen=True, kw_only=True):
    slot: Basis | UnsetType = UNSET
    window: Days | UnsetType = UNSET


class ManifestAnswer(Struct, frozen=True, kw_only=True):
    data: Manifest
    meta: ManifestMeta


def file_told(form: Form, entry: Entry, url: str) -> FileTold:
    media_type = MEDIA_TYPES[form].partition(";")[0]
    return FileTold(form=form, media_type=media_type, url=url, bytes=entry.bytes, sha256=entry.sha256)


def columns_told() -> list[ColumnTold]:
    return [
        ColumnTold(name=column.name, type=column.kind.value, unit=column.unit, definition=column.definition)
        for column in COLUMNS
    ]
