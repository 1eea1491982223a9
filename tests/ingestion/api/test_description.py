"""What the operators' addresses answer is what the description promises."""

import json

import jsonschema
import pytest
from django.core.management import call_command

WHY = "the night shift wants to see it"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    file = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format=openapi-json", f"--file={file}")
    return json.loads(file.read_text())


def check(answer, described, shape):
    schema = {"$ref": f"#/components/schemas/{shape}", "components": described["components"]}
    jsonschema.validate(answer.json(), schema)


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("runs", "RunList"),
        ("runs/2026-11-24T04Z", "RunAnswer"),
        ("runs/2026-11-24T05Z", "Problem"),
        ("quota", "QuotaAnswer"),
    ],
)
def test_what_is_read_is_as_described(ops, a_run, described, url, shape):
    run = a_run("2026-11-24T04Z", requests=1)
    run.attempts.create(step="extraction", number=1, started_at=run.started_at)
    check(ops.get(f"/api/v1/ops/{url}"), described, shape)


def test_an_orders_answer_is_as_described(place, described, present):
    check(place("runs", reason=WHY), described, "PlacedAnswer")
    check(place("runs", reason=""), described, "Problem")


def test_an_order_is_described_with_its_body_and_its_idempotency_key(described):
    operation = described["paths"]["/api/v1/ops/backfills"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/BackfillOrder"
    }
    assert operation["requestBody"]["required"] is True
    assert set(described["components"]["schemas"]["BackfillOrder"]["required"]) == {"reason", "from", "to"}
    header = next(each for each in operation["parameters"] if each["name"] == "Idempotency-Key")
    assert (header["in"], header["required"]) == ("header", True)
    assert {"202", "409", "415", "422", "503"} <= set(operation["responses"])
