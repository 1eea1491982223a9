"""Parts of a file (RFC 9110, section 14): one range of bytes, else the whole."""

import re

from flights.api.problems import ApiError

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})", re.ASCII)


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes; None for the whole, also when several ranges or another unit are asked for.

    Raises a 416 for a range that the file has nothing of.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        first, last = size - length, size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    if first >= size or first > last:
        headers = {"Content-Range": f"bytes */{size}"}
        raise ApiError(416, f"The file has {size} bytes.", "Ask for a range within it.", headers=headers)
    return first, last - first + 1
