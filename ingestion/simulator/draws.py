"""Repeatable draws: the same parts give the same number in every process, unlike hash()."""

from hashlib import blake2b
from random import Random

_BITS = 64


def draw(*parts: object) -> int:
    """A 64-bit number that depends on nothing but the parts."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=_BITS // 8).digest(), "big")


def share(*parts: object) -> float:
    """The same as a number from 0 up to, not including, 1."""
    return (draw(*parts) >> 11) / (1 << 53)


def sequence(*parts: object) -> Random:
    """A long repeatable series of draws, where one hash for each would be too slow."""
    return Random(draw(*parts))  # noqa: S311  made-up flights, no secret depends on it
