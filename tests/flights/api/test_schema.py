import json

import jsonschema
import pytest
from django.core.management import call_command

from flights import answering
from flights.times import utc_now
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, close_slot, store_rows

LYS_CDG = "2026-11-24T0615-LYS-CDG-AF7641"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """The OpenAPI description, as the command writes it; any warning fails it."""
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format=openapi-json", f"--file={file}")
    return json.loads(file.read_text())


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("/api/v1/", "Index"),
        ("/api/v1/flights?flight_date=2026-11-24", "FlightList"),
        ("/api/v1/flights?slot=2026-11-24T04Z", "FlightList"),
        ("/api/v1/flights?slot=2026-11-24T04Z&dep=LYS&count=exact", "FlightList"),
        ("/api/v1/flights?flight_date=2026-11-20&count=estimate", "FlightList"),
        ("/api/v1/flights?flight_date=2026-11-24&as_of=2026-11-24T06:00:00Z", "FlightList"),
        (f"/api/v1/flights?changed_since={utc_now():%Y-%m-%dT%H:%M:%SZ}", "FlightList"),
        ("/api/v1/flights?flight_date=2026-11-24&fields=status,departure.scheduled.utc", "PartialFlightList"),
        (f"/api/v1/flights/{LYS_CDG}?fields=live,operating.number", "PartialFlightAnswer"),
        (f"/api/v1/flights/{LYS_CDG}", "FlightAnswer"),
        (f"/api/v1/flights/{LYS_CDG}/history", "FlightList"),
        ("/api/v1/slots?from=2026-11-24&to=2026-11-24", "SlotList"),
        ("/api/v1/slots/2026-11-24/04", "SlotAnswer"),
        ("/api/v1/indicators", "DefinitionList"),
        ("/api/v1/indicators/mean_route_by_continent?from=2026-11-24&to=2026-11-24", "Series"),
        ("/api/v1/slots/2026-11-24/04/indicators", "SlotAnswers"),
        ("/api/v1/slots/2026-11-24/04/indicators/movements", "AnswerRevisions"),
        ("/api/v1/slots/2026-11-24/04/indicators/movements/evidence", "EvidenceList"),
        ("/api/v1/slots/compare?a=2026-11-24T04Z&b=2026-11-24T04Z", "ComparisonAnswer"),
        ("/api/v1/delays?by=route&from=2026-11-24", "DelaysAnswer"),
        ("/api/v1/slots/2026-11-24/04/flights.manifest.json", "ManifestAnswer"),
        ("/api/v1/days/2026-11-24/flights.manifest.json", "ManifestAnswer"),
        ("/api/v1/slots/2026-11-24/05", "Problem"),
        ("/api/v1/flights?limit=0", "Problem"),
    ],
)
def test_an_answer_is_what_the_description_promises(api, described, url, shape):
    store_rows(a_row())
    close_slot()
    answering.answer_slot(SLOT, NOW)
    schema = {"$ref": f"#/components/schemas/{shape}", "components": described["components"]}
    jsonschema.validate(api.get(url).json(), schema)


def test_every_operation_asks_for_a_key_and_describes_its_errors(described):
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len(operations) == 40
    assert all(operation["security"] == [{"ApiKey": []}] for operation in operations)
    assert all({"400", "401", "403", "406", "429", "503"} <= set(operation["responses"]) for operation in operations)
    assert all({"200", "202"} & set(operation["responses"]) for operation in operations)


def test_the_description_and_its_page_are_open_to_everyone(client):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page
    assert "https://cdn" not in page


def test_the_front_door_leads_to_the_page(client):
    assert client.get("/").headers["Location"] == "/api/docs/"


def test_a_file_is_described_in_each_of_its_forms(described):
    (path,) = [path for path in described["paths"] if path.endswith("/{closing}/flights.{form}") and "{hour}" in path]
    responses = described["paths"][path]["get"]["responses"]
    forms = {"text/csv", "application/x-ndjson", "application/vnd.apache.parquet"}
    assert set(responses["200"]["content"]) == set(responses["206"]["content"]) == forms
    assert {"304", "409", "410", "412", "416"} <= set(responses)


def test_every_reading_operation_describes_304(described):
    operations = [path["get"] for path in described["paths"].values() if "get" in path]
    assert all("304" in operation["responses"] for operation in operations)
