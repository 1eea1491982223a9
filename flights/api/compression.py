"""Compression of answers: zstd, Brotli or gzip for JSON, zstd or gzip for files as they are sent.

Nothing here is open to BREACH: an answer holds no secret, and the key is in a header that no other page can make a
browser send. Pages of the admin, which hold CSRF tokens, are not compressed.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import zstandard
from compression_middleware.middleware import CompressionMiddleware, encoding_name
from django.http import HttpRequest

GZIP, ZSTD = "gzip", "zstd"
_GZIP_WINDOW = 31
_GZIP_LEVEL, _ZSTD_LEVEL = 5, 3


class ApiCompressionMiddleware(CompressionMiddleware):  # type: ignore[misc]  # the package has no types
    """Compresses what the API answers in one piece; files compress themselves (flights/api/file_answers.py)."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if response.streaming or not request.path_info.startswith("/api/"):
            return response
        return super().process_response(request, response)


def coding_for(request: HttpRequest) -> str | None:
    """The content coding of a file that this caller accepts; None for the file as it is."""
    accepted = {encoding_name(each) for each in request.headers.get("Accept-Encoding", "")[:200].split(",")}
    return next((coding for coding in (ZSTD, GZIP) if coding in accepted), None)


def coded(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The same bytes in a content coding, a part at a time."""
    compressor: Any
    if coding == ZSTD:
        compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    else:
        compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    for part in parts:
        if data := compressor.compress(part):
            yield data
    yield compressor.flush()
