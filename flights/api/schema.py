"""The OpenAPI description, made from the same parameters and shapes that the views use."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from msgspec import Struct

from flights.api import answer_shapes, fields, file_shapes, shapes
from flights.api.parameters import Parameter
from flights.api.problems import MEDIA_TYPE, Problem
from flights.exports.writers import MEDIA_TYPES

_FILE_TYPES = [media.partition(";")[0] for media in MEDIA_TYPES.values()]
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
    file_shapes.ManifestAnswer,
    Problem,
)
# What an answer is when only some fields are asked for.
_PARTIAL = {shapes.FlightAnswer: fields.PartialFlightAnswer, shapes.FlightList: fields.PartialFlightList}
_ERRORS = {
    400: "A parameter is unknown, repeated, malformed or out of range; `errors` names each.",
    401: "No API key, or one that is not accepted.",
    403: "The key does not have the scope that this needs.",
    404: "No such flight, slot or indicator.",
    406: "Only JSON is offered.",
    429: "The key has used up its requests of a minute or its rows of the day; `Retry-After` says when to go on.",
    503: "A store does not answer; `Retry-After` says when to ask again.",
}
_ORDER_ERRORS = {
    409: "It can't be done as things are; `detail` says why.",
    415: "The body is not JSON.",
    422: "The same `Idempotency-Key` came with another body before.",
}
_GONE = "Observations that this stands on were removed; `detail` says of which slot and when."
_described: list[type[Struct]] = []
_NOT_MODIFIED = "You have it: `If-None-Match` named its ETag."
_FILE_ERRORS = {
    406: "Only the media type that the address names is offered.",
    409: "The slot is not closed, or it is being redriven.",
    410: "This closing was replaced by another, or the observations were removed.",
    412: "`If-Match` names another file than the present one.",
    416: "The file has nothing of the range.",
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
    _described.append(answer)
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


def order(
    name: str,
    summary: str,
    answer: type[Struct],
    body: type[Struct],
    header: Parameter,
    *path: Parameter,
) -> Decorator:
    """Describes a POST that starts work: its body, its idempotency key, its answer (202) and its errors."""
    responses = _responses(answer, missing=bool(path), status=202)
    for status, description in _ORDER_ERRORS.items():
        responses[status, MEDIA_TYPE] = OpenApiResponse(_ref(Problem), description=description)
    _described.extend((answer, body))
    decorator: Decorator = extend_schema(
        operation_id=name,
        summary=summary,
        parameters=[*(_documented(one, "path") for one in path), _documented(header, "header"), *_HEADERS],
        request={"application/json": _ref(body)},
        responses=responses,
        tags=[name.split("_")[0]],
    )
    return decorator


def file_operation(name: str, summary: str, *, path: Sequence[Parameter], query: Sequence[Parameter] = ()) -> Decorator:
    """Describes a GET of a file, which has the media type that its address names."""
    parameters = [*(_documented(one, "path") for one in path), *(_documented(one, "query") for one in query)]
    whole = {(200, media): OpenApiResponse(OpenApiTypes.BINARY, "The file.") for media in _FILE_TYPES}
    part = {
        (206, media): OpenApiResponse(OpenApiTypes.BINARY, "The part that Range asks for.") for media in _FILE_TYPES
    }
    errors = {
        (status, MEDIA_TYPE): OpenApiResponse(_ref(Problem), description=description)
        for status, description in {**_ERRORS, **_FILE_ERRORS}.items()
    }
    decorator: Decorator = extend_schema(
        operation_id=name,
        summary=summary,
        parameters=[*parameters, *_HEADERS],
        request=None,
        responses={**whole, **part, 304: OpenApiResponse(description=_NOT_MODIFIED), **errors},
        tags=[name.split("_")[0]],
    )
    return decorator


def add_components(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """drf-spectacular's last step: puts in the schemas that the operations refer to; no body may be left out."""
    for described in (each for path in result.get("paths", {}).values() for each in path.values()):
        if "requestBody" in described:
            described["requestBody"]["required"] = True
    _, components = msgspec.json.schema_components(dict.fromkeys((*_SHAPES, *_described)), ref_template=_REF)
    result.setdefault("components", {}).setdefault("schemas", {}).update(components)
    return result


def _responses(
    answer: type[Struct], *, missing: bool, status: int = 200
) -> dict[int | tuple[int, str], OpenApiResponse]:
    shape: dict[str, Any] = _ref(answer)
    if answer in _PARTIAL:
        shape = {"anyOf": [shape, _ref(_PARTIAL[answer])]}
    responses: dict[int | tuple[int, str], OpenApiResponse] = {}
    responses[status, "application/json"] = OpenApiResponse(shape, description=_promise(answer))
    if status == 200:  # noqa: PLR2004 - HTTP status
        responses[304] = OpenApiResponse(description=_NOT_MODIFIED)
    for error, description in _ERRORS.items():
        if missing or error != 404:  # noqa: PLR2004 - HTTP status
            responses[error, MEDIA_TYPE] = OpenApiResponse(_ref(Problem), description=description)
    if missing and status == HTTPStatus.OK:
        responses[410, MEDIA_TYPE] = OpenApiResponse(_ref(Problem), description=_GONE)
    return responses


def _ref(shape: type[Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=shape.__name__)}


def _promise(answer: type[Struct]) -> str:
    return "A page of rows; `next` leads to the following one." if _is_list(answer) else "The answer."


def _is_list(answer: type[Struct]) -> bool:
    return "next" in answer.__struct_fields__


def _documented(parameter: Parameter, place: Literal["path", "query", "header"]) -> OpenApiParameter:
    return OpenApiParameter(
        parameter.name,
        type=parameter.schema,
        location=place,
        required=place != "query",
        description=f"{parameter.description} Valid: {parameter.valid}.",
    )


def _header(name: str, description: str, statuses: list[str]) -> OpenApiParameter:
    return OpenApiParameter(name, type=str, location="header", description=description, response=statuses)


_ANSWERS = ["200", "202", *map(str, {**_ERRORS, **_ORDER_ERRORS})]
_METERED = [status for status in _ANSWERS if status != "401"]
_HEADERS = (
    _header("X-Request-ID", "Names this request in the logs.", _ANSWERS),
    _header("RateLimit-Policy", "The key's limits: requests in 60 seconds, rows in a UTC day.", _METERED),
    _header("RateLimit", "What is left of them (`r`), and seconds until more is free (`t`).", _METERED),
    _header("X-RateLimit-Counted", "Present while limits are counted, more strictly, by one process alone.", _METERED),
    _header("Retry-After", "Seconds after which to ask again.", ["429", "503"]),
)
_LINK = _header("Link", 'The next page, `rel="next"`; absent on the last.', ["200"])
