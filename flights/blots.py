"""The access key blotted out of what is kept or passed on. Pure."""

import re

BLOT = b"[access key]"
TELLING = 8  # so many first characters of the key are taken for it: a text may have been cut in its middle
_NAMED = re.compile(
    rb"""(access_key(?:%3D|["'\\]*\s*[=:]\s*["'\\]*))(?!\[access key\])[^&\s"'<>\\,;}]+""", re.IGNORECASE
)


def blotted(data: bytes, key: str) -> bytes:
    """The data without the key, its beginning, or anything that stands after `access_key=`; safe to repeat."""
    data = _NAMED.sub(rb"\1" + BLOT, data)
    if len(key) < TELLING:
        return data.replace(key.encode(), BLOT) if key else data
    return re.sub(re.escape(key[:TELLING].encode()) + rb"\w*", BLOT, data)


def blotted_text(text: str, key: str) -> str:
    return blotted(text.encode(errors="replace"), key).decode()
