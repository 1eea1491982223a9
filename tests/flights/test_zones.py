import pytest

from flights.reference.zones import zone_of


@pytest.mark.parametrize(
    ("iata", "icao", "zone"),
    [
        ("LYS", None, "Europe/Paris"),
        (None, "LFLL", "Europe/Paris"),
        ("PKX", "ZBAD", "Asia/Shanghai"),
        ("XXX", "OIIE", "Asia/Tehran"),
    ],
)
def test_the_zone_of_an_airport_is_found_by_either_code(iata, icao, zone):
    assert zone_of(iata, icao) == zone


@pytest.mark.parametrize(("iata", "icao"), [(None, None), ("", ""), ("???", None), (None, "QQQQ")])
def test_an_airport_that_is_not_in_the_table_has_no_zone(iata, icao):
    assert zone_of(iata, icao) is None
