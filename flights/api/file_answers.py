"""A finished file as an answer: its headers, a part of it, compressed on the way; read in parts, never as a whole."""

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from math import ceil
from typing import BinaryIO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from flights.api.compression import coded, coding_for
from flights.api.conditional import unchanged
from flights.api.ranges import wanted_range
from flights.exports.cache import OpenFile
from flights.exports.writers import MEDIA_TYPES, Form

PART_BYTES = 1 << 18
PARTIAL = 206
COMPRESSED_FROM = 1_024  # bytes; below it is not worth it


def file_answer(
    request: HttpRequest, opened: OpenFile, form: Form, headers: dict[str, str], charge: Callable[[int], None]
) -> HttpResponseBase:
    """The file, the part of it that Range asks for, or 304; closes the file when it is sent.

    `charge` is told the rows before they are sent, those of a part by its share of the bytes; it may refuse.
    """
    try:
        asked = wanted_range(_range_of(request, opened), opened.entry.bytes)
    except Exception:
        opened.file.close()
        raise
    coding = coding_for(request) if _may_be_coded(request, opened, form) else None
    told = {**headers, **_described(opened, form, coding)}
    first, length = asked or (0, opened.entry.bytes)
    if coding:
        told["Content-Encoding"] = coding
    else:
        told["Content-Length"] = str(length)
    if asked:
        told["Content-Range"] = f"bytes {first}-{first + length - 1}/{opened.entry.bytes}"
    parts = _parts(opened.file, first, 0 if request.method == "HEAD" else length)
    response = _streaming(request, coded(parts, coding) if coding and request.method != "HEAD" else parts)
    response.status_code = PARTIAL if asked else 200
    response._resource_closers.append(opened.file.close)  # type: ignore[attr-defined]  # noqa: SLF001 - as FileResponse does
    for name, value in told.items():
        response.headers[name] = value
    final = unchanged(request, response)
    if final is response and request.method == "GET":
        _charged(opened, length, charge)
    return final


def _charged(opened: OpenFile, length: int, charge: Callable[[int], None]) -> None:
    try:
        charge(ceil(opened.entry.rows * length / max(1, opened.entry.bytes)))
    except Exception:
        opened.file.close()
        raise


def _described(opened: OpenFile, form: Form, coding: str | None) -> dict[str, str]:
    """What the file is known by. A compressed one has a weak tag: its bytes are not those of the digest."""
    sha256, tag = opened.entry.sha256, f'"{opened.entry.sha256[:32]}"'
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    told = {"Content-Type": MEDIA_TYPES[form], "Accept-Ranges": "bytes"}
    return told | ({"ETag": f"W/{tag}"} if coding else {"ETag": tag, "Repr-Digest": f"sha-256=:{digest}:"})


def _may_be_coded(request: HttpRequest, opened: OpenFile, form: Form) -> bool:
    compressible = form is not Form.PARQUET and opened.entry.bytes >= COMPRESSED_FROM
    return compressible and "Range" not in request.headers


def _range_of(request: HttpRequest, opened: OpenFile) -> str | None:
    """The Range header, unless it is of another file (If-Range) or of no use (HEAD)."""
    if request.method != "GET":
        return None
    condition = request.headers.get("If-Range")
    return request.headers.get("Range") if condition in (None, f'"{opened.entry.sha256[:32]}"') else None


def _parts(file: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    file.seek(first)
    while length and (part := file.read(min(length, PART_BYTES))):
        length -= len(part)
        yield part


def _streaming(request: HttpRequest, parts: Iterator[bytes]) -> StreamingHttpResponse:
    """Read by threads under ASGI, where Django would otherwise read all of it into memory first."""
    return StreamingHttpResponse(_by_threads(parts) if isinstance(request, ASGIRequest) else parts)


async def _by_threads(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(partial(next, parts, b""), thread_sensitive=False)
    while part := await following():
        yield part
