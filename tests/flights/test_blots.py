import pytest

from flights.blots import blotted, blotted_text
from tests.environment import CANARY_KEY


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (CANARY_KEY, "[access key]"),
        (f"see {CANARY_KEY[:20]}", "see [access key]"),
        ("https://x/v1/flights?access_key=other&limit=1", "https://x/v1/flights?access_key=[access key]&limit=1"),
        (f"?limit=1&access_key={CANARY_KEY}", "?limit=1&access_key=[access key]"),
        ('{"access_key": "other", "n": 1}', '{"access_key": "[access key]", "n": 1}'),
        (r'"{\"access_key\":\"other\"}"', r'"{\"access_key\":\"[access key]\"}"'),
        ("ACCESS_KEY%3Dother", "ACCESS_KEY%3D[access key]"),
        ("no access_key given", "no access_key given"),
        ('{"flight": "AF7641"}', '{"flight": "AF7641"}'),
    ],
)
def test_a_key_is_blotted_out_and_nothing_else(told, kept):
    assert blotted_text(told, CANARY_KEY) == kept
    assert blotted_text(kept, CANARY_KEY) == kept


@pytest.mark.parametrize(("key", "kept"), [("", b"abc"), ("b", b"a[access key]c")])
def test_a_key_that_is_missing_or_short_is_taken_at_its_word(key, kept):
    assert blotted(b"abc", key) == kept


def test_bytes_that_are_no_text_stay_as_they_are():
    assert blotted(b"\xff\x00" + CANARY_KEY.encode(), CANARY_KEY) == b"\xff\x00[access key]"
