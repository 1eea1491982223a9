"""What holds for every indicator."""

import msgspec
import pytest

from flights.indicators.registry import REGISTRY, Part, answers, explain
from flights.indicators.seeing import see
from flights.records import FlightStatus
from flights.reference.entities import Miss
from tests.flights.indicators.factories import EZE, JFK, WHOLE, SmallReference, a_document, a_seen, asked, some

EVERY = pytest.mark.parametrize("indicator", REGISTRY)
NONE_EXCLUDED = ("movements", "codes_unresolved")
ARRIVED = {"arrived": True, "arrival_delay_min": 1}
BLANK = {
    "airline": Miss.NOTHING,
    "origin": Miss.NOTHING,
    "destination": Miss.NOTHING,
    "aircraft": Miss.NOTHING,
    "arrived": True,
}


def test_the_ten_questions_come_first_and_in_order():
    assert list(REGISTRY)[:10] == [
        "airline_most_active",
        "airline_most_regional_by_continent",
        "longest_active_route",
        "mean_route_by_continent",
        "manufacturer_most_active",
        "model_most_frequent_by_continent",
        "top_models_by_airline_country",
        "destination_most_popular_by_continent",
        "airport_largest_imbalance",
        "mean_speed_by_continent",
    ]


@EVERY
def test_its_definition_is_told_in_words(indicator):
    told = REGISTRY[indicator]
    assert (told.id, told.version >= 1, len(told.definition) > 100) == (indicator, True, True)


@EVERY
def test_an_empty_slot_is_null_with_a_reason(indicator):
    answer = asked(indicator, [])
    assert (answer.value, answer.n, answer.population, answer.coverage, answer.ties) == (None, 0, 0, None, {})
    assert answer.reason == REGISTRY[indicator].nothing


@pytest.mark.parametrize("indicator", [each for each in REGISTRY if each not in NONE_EXCLUDED])
def test_all_excluded_is_null_with_the_reasons_counted(indicator):
    answer = asked(indicator, some(3, **BLANK))
    assert (answer.value, answer.n, answer.population, sum(answer.excluded.values())) == (None, 0, 3, 3)
    assert answer.reason.startswith("none of the 3 movements it is about could be used: 3 no-")


@EVERY
def test_codeshare_numbers_alone_add_no_movement(indicator):
    one, sold = asked(indicator, [a_seen(**ARRIVED)]), asked(indicator, [a_seen(**ARRIVED, marketed=4)])
    assert (sold.n, sold.population) == (one.n, one.population) == (1, 1)


@EVERY
def test_every_answer_is_plain_json(indicator):
    answer = asked(indicator, [a_seen(**ARRIVED), a_seen(**BLANK), a_seen(origin=JFK, destination=EZE)])
    assert msgspec.json.decode(msgspec.json.encode(answer.value)) == answer.value


def test_a_movement_outside_the_question_is_neither_used_nor_excluded():
    seen = a_seen(status=FlightStatus.LANDED)
    assert explain(REGISTRY["airline_most_active"], seen) == (Part.OUTSIDE, None)


def test_a_movement_is_explained_by_its_group_or_its_reason():
    indicator = REGISTRY["mean_route_by_continent"]
    assert explain(indicator, a_seen()) == ("used", "EU")
    assert explain(indicator, a_seen(origin=Miss.UNKNOWN)) == ("excluded", "unknown-origin")


def test_all_are_answered_in_one_go():
    assert list(answers([a_seen()], WHOLE)) == list(REGISTRY)


class WithoutCdg(SmallReference):
    """The same tables, one airport's row deleted."""

    def airport(self, iata, icao):
        return Miss.UNKNOWN if iata == "CDG" else super().airport(iata, icao)


@pytest.mark.parametrize(
    "indicator",
    [
        "longest_active_route",
        "mean_route_by_continent",
        "airport_largest_imbalance",
        "destination_most_popular_by_continent",
    ],
)
def test_a_row_missing_from_the_reference_is_counted_as_excluded(indicator):
    documents = [a_document(), a_document(departure__iata="JFK"), a_document(arrival__iata="EZE")]
    slot = [see(document, WithoutCdg()) for document in documents]
    answer = asked(indicator, slot)
    assert (answer.n, answer.population, answer.excluded) == (1, 3, {"unknown-destination": 2})
