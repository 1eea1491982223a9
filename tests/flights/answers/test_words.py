"""Answers as one line for people."""

import pytest

from flights.indicators.words import in_words

AIRLINE = {"airline": "AFR", "name": "Air France", "count": 1}


@pytest.mark.parametrize(
    ("indicator", "value", "words"),
    [
        ("airline_most_active", AIRLINE, "Air France (AFR): 1 flight"),
        ("airline_most_active", {**AIRLINE, "name": None, "count": 1200}, "AFR: 1,200 flights"),
        ("airline_most_regional_by_continent", [{"continent": "EU", **AIRLINE}], "EU Air France (AFR) 1"),
        (
            "airport_largest_imbalance",
            {"airport": "LYS", "outbound": 3, "inbound": 10, "gap": -7},
            "LYS: 3 out, 10 in, gap -7",
        ),
        ("mean_speed_by_continent", [{"continent": "EU", "kmh": 801.6}], "EU 802 km/h"),
        (
            "departure_delays_by_route",
            [{"route": "LYS-CDG", "median_min": -2.0, "n": 1}, {"route": "CDG-LYS", "median_min": 4.4, "n": 9}],
            "CDG-LYS median +4 min of 9; LYS-CDG median -2 min of 1",
        ),
        ("codes_unresolved", {"codes": [], "omitted": 0}, "every code is known"),
        (
            "codes_unresolved",
            {"codes": [{"kind": "airport", "code": "QQQ", "movements": 2}], "omitted": 3},
            "airport QQQ 2; 3 more are not kept",
        ),
    ],
)
def test_a_value_reads_as_a_line(indicator, value, words):
    assert in_words(indicator, value, None, {}) == words


def test_no_value_is_its_reason():
    assert in_words("movements", None, "no movement", {}) == "no answer: no movement"


def test_ties_are_told():
    words = in_words("airline_most_active", AIRLINE, None, {"world": ["AFR", "BAW"]})
    assert words == "Air France (AFR): 1 flight (tied: world AFR, BAW)"


def test_long_lists_say_how_much_more_there_is():
    rows = [{"continent": f"C{number}", "kmh": 800.0} for number in range(10)]
    assert in_words("mean_speed_by_continent", rows, None, {}).endswith("C7 800 km/h; 2 more")
    words = in_words("airline_most_active", AIRLINE, None, {"": [f"A{number:02}" for number in range(12)]})
    assert words.endswith("(tied: A00, A01, A02, A03, A04, A05, A06, A07 and 4 more)")
