"""Codes that are one slip of the hand away from another. Pure."""

from collections.abc import Iterable

_ALIKE = str.maketrans("OIZSB", "01258")
_FAR = 1_000


def near_codes(code: str, known: Iterable[str]) -> list[str]:
    """Known codes with two neighbours swapped or one place different, the likeliest slip first.

    >>> near_codes("A32O", ["A321", "A320", "B320", "A20"]), near_codes("LSY", ["LYS", "LAY"])
    (['A320', 'A321'], ['LYS', 'LAY'])
    """
    told = {each: slip for each in known if (slip := _slip(code, each)) is not None}
    return sorted(told, key=lambda each: (told[each], each))


def _slip(code: str, other: str) -> tuple[int, int] | None:
    """How unlikely it is to write one for the other; None when it takes more than one slip."""
    if len(code) != len(other):
        return None
    places = [place for place, (one, two) in enumerate(zip(code, other, strict=True)) if one != two]
    if len(places) == 1:
        place = places[0]
        one, two = code[place], other[place]
        if one.translate(_ALIKE) == two.translate(_ALIKE):
            return 0, 0
        return (2, abs(ord(one) - ord(two))) if place else (2, _FAR)
    swapped = len(places) == 2 and places[1] == places[0] + 1  # noqa: PLR2004 - two letters change places
    if swapped and code[places[0]] == other[places[1]] and code[places[1]] == other[places[0]]:
        return 1, 0
    return None
