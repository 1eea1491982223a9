"""Great-circle distances."""

import pytest

from flights.indicators.distances import great_circle_km
from tests.flights.indicators.factories import AIRPORTS, HNL, NAN, an_airport
from tests.flights.indicators.independent import vector_km

HALF_AROUND = 20_015.115
PAIRS = [(one, other) for one in AIRPORTS.values() for other in AIRPORTS.values()]


def between(*places):
    return great_circle_km(*(an_airport("XXX", "EU", latitude, longitude) for latitude, longitude in places))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((0, 0), (0, 90), HALF_AROUND / 2),
        ((0, 179), (0, -179), HALF_AROUND / 90),
        ((80, 0), (80, 180), HALF_AROUND / 9),
        ((90, 0), (-90, 55), HALF_AROUND),
        ((12, 34), (-12, -146), HALF_AROUND),
        ((5, 5), (5, 5), 0),
    ],
    ids=["quarter", "antimeridian", "over the pole", "pole to pole", "opposite", "nowhere"],
)
def test_known_distances(one, other, km):
    assert between(one, other) == pytest.approx(km, abs=0.001)


def test_fiji_to_hawaii_crosses_the_antimeridian():
    assert great_circle_km(NAN, HNL) == pytest.approx(5_110, abs=15)


def test_it_is_the_same_both_ways():
    assert [great_circle_km(one, other) - great_circle_km(other, one) for one, other in PAIRS] == [0] * len(PAIRS)


def test_another_formula_gives_the_same():
    ours = [great_circle_km(one, other) for one, other in PAIRS]
    theirs = [vector_km(one.latitude, one.longitude, other.latitude, other.longitude) for one, other in PAIRS]
    assert ours == pytest.approx(theirs, abs=1e-6)
