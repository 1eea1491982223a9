"""Request bodies: JSON decoded and checked in one step against the shape that the description shows."""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct
from rest_framework.request import Request

from flights.api.problems import ApiError, BadParameters, Fault

_S = TypeVar("_S", bound=Struct)
_JSON = "application/json"
_PLACE = re.compile(r"`\$\.?([^`.\[]{1,40})[^`]*`|field `([^`]{1,40})`")
_LONGEST_TEXT = 200


def read_body(request: Request, shape: type[_S]) -> _S:
    """The body as this shape; raises a 415 for another format, BadParameters for what can't be used."""
    if request.content_type.partition(";")[0].strip().lower() != _JSON:
        hint = f"Send JSON with the header `Content-Type: {_JSON}`."
        raise ApiError(415, "The body is not said to be JSON.", hint)
    try:
        return msgspec.json.decode(request.body, type=shape)
    except msgspec.ValidationError as error:
        raise BadParameters(_fault(str(error), shape)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = f"Send an object with the fields {_fields(shape)}."
        raise BadParameters(Fault(parameter="body", detail="is no JSON", hint=hint)) from error


def _fault(told: str, shape: type[Struct]) -> Fault:
    found = _PLACE.search(told)
    name = next((part for part in found.groups() if part), "body") if found else "body"
    return Fault(parameter=name, detail=told[:_LONGEST_TEXT], hint=f"The body has the fields {_fields(shape)}.")


def _fields(shape: type[Struct]) -> str:
    return ", ".join(shape.__struct_encode_fields__)
