import pytest

from flights.reference.slips import near_codes

KNOWN = ["A320", "A321", "A20N", "B320", "LYS", "LYR", "CYS", "NCE", "LY"]


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("A32O", ["A320", "A321"]),
        ("LSY", ["LYS"]),
        ("LYQ", ["LYR", "LYS"]),
        ("BYS", ["CYS", "LYS"]),
        ("QQQ", []),
        ("", []),
    ],
)
def test_the_likeliest_slip_comes_first(code, near):
    assert near_codes(code, KNOWN) == near
