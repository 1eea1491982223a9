"""Names of aircraft models."""

import pytest

from flights.indicators.names import model_names
from flights.reference.entities import AircraftType
from tests.flights.indicators.factories import a_seen


@pytest.mark.parametrize(
    ("maker", "model", "name"),
    [("Boeing", "737-800", "Boeing 737-800"), ("ATR", "ATR 72-600", "ATR 72-600"), (None, "Arcus", "Arcus")],
)
def test_a_model_is_named_with_its_maker_once(maker, model, name):
    seen = a_seen(aircraft=AircraftType(code="X", manufacturer=maker, model=model))
    assert model_names([seen]) == {"X": name}
