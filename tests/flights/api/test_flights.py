import pytest

from tests.factories import a_marketing_row, a_row
from tests.flights.api.stored import SLOT, close_slot, store_flights, store_rows

FLIGHTS = "/api/v1/flights"
LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"
NCE_FRA = "2026-11-24T0900-NCE-FRA-LH1"


def other_row(**changes):
    """A flight that differs from the plain row in everything that can be filtered by."""
    ends = {"departure__iata": "NCE", "departure__icao": "LFMN", "arrival__iata": "FRA", "arrival__icao": "EDDF"}
    row = a_row(departure__actual=None, **ends, **changes)
    row |= {"flight_status": "landed", "airline": {"name": "Lufthansa", "iata": "LH", "icao": "DLH"}}
    row["flight"] = {"number": "1", "iata": "LH1", "icao": "DLH1", "codeshared": None}
    row["departure"]["scheduled"] = "2026-11-24T09:00:00+00:00"
    return row


AIRBUS = {"registration": "F-GKXA", "iata": "A320", "icao": "A320", "icao24": "39ABCD"}
EMBRAER = {"registration": "D-AECA", "iata": "E90", "icao": "E190", "icao24": "3C4DEF"}


@pytest.fixture
def two_flights(api):
    late = {"arrival__scheduled": "2026-11-24T10:30:00+00:00", "arrival__actual": "2026-11-24T11:00:00+00:00"}
    store_rows(a_row(aircraft=AIRBUS), a_marketing_row("DL", "9", aircraft=AIRBUS), other_row(aircraft=EMBRAER, **late))
    close_slot()
    return api


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [flight["flight_id"] for flight in answer.json()["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active", LYS_CDG),
        ("status=landed", NCE_FRA),
        ("airline=AF", LYS_CDG),
        ("airline=afr", LYS_CDG),
        ("airline=DL", LYS_CDG),
        ("airline=DLH", NCE_FRA),
        ("dep=LYS", LYS_CDG),
        ("dep=lfmn", NCE_FRA),
        ("arr=CDG", LYS_CDG),
        ("arr=EDDF", NCE_FRA),
        ("status=scheduled,active", LYS_CDG),
        ("airline=air%20france", LYS_CDG),
        ("airline=Lufthansa", NCE_FRA),
        ("airline=LH", NCE_FRA),
        ("operating_airline=AF", LYS_CDG),
        ("operating_airline=DLH", NCE_FRA),
        ("marketing_airline=Delta%20Air%20Lines", LYS_CDG),
        ("dep=Nice", NCE_FRA),
        ("arr=Charles-de-Gaulle%20International", LYS_CDG),
        ("airport=CDG", LYS_CDG),
        ("airport=LFMN", NCE_FRA),
        ("route=LYS-CDG", LYS_CDG),
        ("route=lfmn-fra", NCE_FRA),
        ("dep=LYS&route=LYS-CDG", LYS_CDG),
        ("airport=LYS&airline=AF&operating_airline=AFR&marketing_airline=DL", LYS_CDG),
        ("aircraft=F-GKXA", LYS_CDG),
        ("aircraft=39abcd", LYS_CDG),
        ("aircraft=A320", LYS_CDG),
        ("aircraft=Airbus%20A320", LYS_CDG),
        ("aircraft=E190", NCE_FRA),
        ("departure_delay_over=5", LYS_CDG),
        ("departure_delay_over=-90", LYS_CDG),
        ("arrival_delay_over=29", NCE_FRA),
        ("flight_number=AF7641", LYS_CDG),
        ("flight_number=afr7641", LYS_CDG),
        ("flight_number=DL9", LYS_CDG),
        ("flight_number=LH1", NCE_FRA),
        ("airline=DLH&status=landed&dep=NCE&arr=FRA&flight_number=DLH1", NCE_FRA),
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        "flight_date=2026-11-24",
        f"slot={SLOT}",
        "flight_date=2026-11-24&as_of=2026-11-24T05:00:00Z",
        f"slot={SLOT}&as_of=2026-11-24T05:00:00Z",
    ],
)
def test_a_filter_finds_its_flight_and_no_other(two_flights, where, query, found):
    assert ids(two_flights.get(f"{FLIGHTS}?{where}&{query}")) == [found]


def test_two_conditions_that_no_flight_meets_find_nothing(api):
    store_rows(a_row(), other_row())
    answer = api.get(f"{FLIGHTS}?flight_date=2026-11-24&dep=LYS&arr=FRA")
    assert (ids(answer), answer.json()["next"]) == ([], None)


def test_a_flight_has_its_public_shape_and_no_inner_field(api):
    store_rows(a_row())
    flight = api.get(f"{FLIGHTS}?flight_date=2026-11-24").json()["data"][0]
    scheduled = {"utc": "2026-11-24T05:15:00Z", "local": "2026-11-24T06:15:00", "quality": "ok"}
    assert flight["departure"]["scheduled"] == scheduled
    assert flight["departure_delay_min"] == 6
    assert flight["observed_at"] == "2026-11-24T04:00:09.500000Z"
    assert not {"_id", "order", "etag", "digest", "page", "row", "transform", "collected_at"} & set(flight)


def test_a_time_that_is_none_stays_as_it_came(api):
    store_rows(a_row(departure__estimated="soon"))
    flight = api.get(f"{FLIGHTS}?flight_date=2026-11-24").json()["data"][0]
    assert flight["departure"]["estimated"] == {"utc": None, "local": "soon", "quality": "invalid"}


def test_a_time_in_another_spelling_is_shown_without_its_offset(api):
    store_rows(a_row(departure__estimated="2026-11-24T06:20Z"))
    flight = api.get(f"{FLIGHTS}?flight_date=2026-11-24").json()["data"][0]
    assert flight["departure"]["estimated"]["local"] == "2026-11-24T06:20:00"


def test_a_range_of_dates_includes_both_ends(api):
    days = [store_flights(1, day=f"2026-11-{day}")[0] for day in (20, 21, 22, 23)]
    answer = api.get(f"{FLIGHTS}?flight_date_from=2026-11-21&flight_date_to=2026-11-22")
    assert ids(answer) == days[1:3]
    assert answer.json()["meta"]["window"] == {"first": "2026-11-21", "last": "2026-11-22"}


def test_without_dates_the_last_three_days_known_are_read(api):
    days = [store_flights(1, day=f"2026-11-{day}")[0] for day in (21, 22, 23, 24)]
    close_slot()
    answer = api.get(FLIGHTS)
    assert ids(answer) == days[1:]
    assert answer.json()["meta"]["window"] == {"first": "2026-11-22", "last": "2026-11-24"}


def test_the_newest_day_may_be_the_one_after_its_slot(api):
    store_flights(1, day="2026-11-25")
    close_slot()
    assert api.get(FLIGHTS).json()["meta"]["window"] == {"first": "2026-11-23", "last": "2026-11-25"}


def test_old_data_is_found_without_dates(api):
    old = store_flights(1, day="2020-02-29", slot="2020-02-29T04Z")
    close_slot("2020-02-29T04Z")
    assert ids(api.get(FLIGHTS)) == old


def test_an_empty_slot_does_not_move_the_default_days(api):
    known = store_flights(1, day="2026-11-20", slot="2026-11-20T04Z")
    close_slot("2026-11-20T04Z")
    close_slot("2026-11-24T04Z", rows_received=0, published=0)
    answer = api.get(FLIGHTS)
    assert ids(answer) == known
    assert answer.json()["meta"]["as_of_slot"]["state"] == "empty"


def test_before_the_first_slot_the_list_is_empty_and_says_that_nothing_is_known(api):
    answer = api.get(FLIGHTS)
    assert ids(answer) == []
    assert answer.json()["meta"]["as_of_slot"] is None


def test_a_slot_answers_with_what_it_said_not_with_what_is_known_now(api):
    store_rows(a_row())
    store_rows(a_row(flight_status="landed"), slot="2026-11-24T06Z")
    close_slot()
    assert api.get(f"{FLIGHTS}?slot={SLOT}").json()["data"][0]["status"] == "active"


def test_one_flight_is_found_by_its_id_in_either_case(api):
    store_rows(a_row())
    close_slot()
    answer = api.get(f"{FLIGHTS}/{LYS_CDG.lower()}").json()
    assert answer["data"]["flight_id"] == LYS_CDG
    assert answer["meta"]["as_of_slot"]["slot"] == SLOT


def test_an_unknown_flight_is_404_and_says_where_to_look(api):
    answer = api.get(f"{FLIGHTS}/{LYS_CDG}")
    assert answer.status_code == 404
    assert answer.json()["hint"] == f"Look for it: {FLIGHTS}?flight_number=AF7641&flight_date=2026-11-24"


def test_a_flight_of_a_day_that_is_none_was_never_known(api):
    assert api.get(f"{FLIGHTS}/2026-84-04T0615-LYS-CDG-AF7641?as_of=2026-11-24T04:00:00Z").status_code == 404


@pytest.mark.parametrize("suffix", ["", "/history"])
def test_a_malformed_flight_id_is_400(api, suffix):
    answer = api.get(f"{FLIGHTS}/AF7641{suffix}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "flight_id")


def test_the_history_tells_what_each_slot_said_oldest_first(api):
    store_rows(a_row(flight_status="landed"), slot="2026-11-24T06Z")
    store_rows(a_row(), other_row())
    told = api.get(f"{FLIGHTS}/{LYS_CDG}/history").json()
    assert [(row["slot"], row["status"]) for row in told["data"]] == [
        (SLOT, "active"),
        ("2026-11-24T06Z", "landed"),
    ]


def test_the_history_of_an_unknown_flight_is_404(api):
    assert api.get(f"{FLIGHTS}/{LYS_CDG}/history").status_code == 404
