"""The OpenAPI description, made from the same parameters and shapes that the views use."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from msgspec import Struct

from flights.api import answer_shapes, fields, shapes
from flights.api.parameters import Parameter
from flights.api.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{name}"
_SHAPES: tuple[type[Struct], ...] = (
    shapes.FlightAnswer,
    shapes.FlightList,
    shapes.SlotAnswer,
    shapes.SlotList,
    shapes.Index,
    fields.PartialFlightAnswer,
    fields.PartialFlightList,
    answer_shapes.DefinitionList,
    answer_shapes.Series,
    answer_shapes.SlotAnswers,
    answer_shapes.AnswerRevisions,
    answer_shapes.EvidenceList,
    answer_shapes.ComparisonAnswer,
    answer_shapes.DelaysAnswer,
    Problem,
)
# What an answer is when only some fields are asked for.
_PARTIAL = {shapes.FlightAnswer: fields.PartialFlightAnswer, shapes.FlightList: fields.PartialFlightList}
_ERRORS = {
    400: "A parameter is unknown, repeated, malformed or out of range; `errors` names each.",
    401: "No API key, or one that is not accepted.",
    404: "No such flight, slot or indicator.",
    406: "Only JSON is offered.",
    503: "A store does not answer; `Retry-After` says when to ask again.",
}
Decorator = Callable[[Any], Any]


def operation(
    name: str,
    summary: str,
    answer: type[Struct],
    *,
    query: Sequence[Parameter] = (),
    path: Sequence[Parameter] = (),
    missing: bool = True,
) -> Decorator:
    """Describes a GET: its parameters, its answer and its errors."""
    parameters = [_documented(one, "path") for one in path]
    parameters += [_documented(one, "query") for one in query]
    parameters += [*_HEADERS, *([_LINK] if _is_list(answer) else [])]
    decorator: Decorator = extend_schema(
        operation_id=name,
        summary=summary,
        parameters=parameters,
        request=None,
        responses=_responses(answer, missing=missing),
        tags=[name.split("_")[0]],
    )
    return decorator


def add_components(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """drf-spectacular's last step: puts in the schemas that the operations refer to."""
    _, components = msgspec.json.schema_components(_SHAPES, ref_template=_REF)
    result.setdefault("components", {}).setdefault("schemas", {}).update(components)
    return result


def _responses(answer: type[Struct], *, missing: bool) -> dict[tuple[int, str], OpenApiResponse]:
    shape: dict[str, Any] = _ref(answer)
    if answer in _PARTIAL:
        shape = {"anyOf": [shape, _ref(_PARTIAL[answer])]}
    responses = {(200, "application/json"): OpenApiResponse(shape, description=_promise(answer))}
    for status, description in _ERRORS.items():
        if missing or status != 404:  # noqa: PLR2004 - HTTP status
            responses[status, MEDIA_TYPE] = OpenApiResponse(_ref(Problem), description=description)
    return responses


def _ref(shape: type[Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=shape.__name__)}


def _promise(answer: type[Struct]) -> str:
    return "A page of rows; `next` leads to the following one." if _is_list(answer) else "The answer."


def _is_list(answer: type[Struct]) -> bool:
    return "next" in answer.__struct_fields__


def _documented(parameter: Parameter, place: Literal["path", "query"]) -> OpenApiParameter:
    return OpenApiParameter(
        parameter.name,
        type=parameter.schema,
        location=place,
        required=place == "path",
        description=f"{parameter.description} Valid: {parameter.valid}.",
    )


def _header(name: str, description: str, statuses: list[str]) -> OpenApiParameter:
    return OpenApiParameter(name, type=str, location="header", description=description, response=statuses)


_HEADERS = (_header("X-Request-ID", "Names this request in the logs.", ["200", *map(str, _ERRORS)]),)
_LINK = _header("Link", 'The next page, `rel="next"`; absent on the last.', ["200"])
