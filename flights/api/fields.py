"""Less of each flight: the names of the public shape, what is read for them, and the shape that is left."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Struct, UnsetType

from flights.api import envelope_shapes, shapes
from flights.api.parameters import Parameter, several
from flights.documents import Document

ALWAYS = "flight_id"
_READ = (ALWAYS, "observed_at")  # the latter for `meta.observed`


def _structs_in(hint: Any) -> Iterator[type[Struct]]:
    for part in get_args(hint) or (hint,):
        if isinstance(part, type) and issubclass(part, Struct):
            yield part


def _names(shape: type[Struct], before: str = "") -> Iterator[str]:
    for name, hint in get_type_hints(shape).items():
        yield f"{before}{name}"
        for inner in _structs_in(hint):
            yield from _names(inner, f"{before}{name}.")


def _optional(hint: Any) -> Any:
    """The same type, in which every struct is one whose fields may be absent."""
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_optional(part) for part in get_args(hint))]  # noqa: UP007 - made of what is found
    return partial_of(hint) if isinstance(hint, type) and issubclass(hint, Struct) else hint


@cache
def partial_of(shape: type[Struct]) -> type[Struct]:
    """The shape with every field absent unless it was asked for."""
    hints = get_type_hints(shape, include_extras=True)
    fields = [(name, Union[_optional(hint), UnsetType], UNSET) for name, hint in hints.items()]  # noqa: UP007
    named = {"__doc__": f"The parts of a {shape.__name__} that were asked for."}
    return msgspec.defstruct(f"Partial{shape.__name__}", fields, frozen=True, kw_only=True, namespace=named)


NAMES = tuple(_names(shapes.Flight))
_UNTOLD = {field.name: field.default for field in msgspec.structs.fields(shapes.Flight) if not field.required}
PartialFlight = partial_of(shapes.Flight)
PartialFlightAnswer = msgspec.defstruct(
    "PartialFlightAnswer", [("data", PartialFlight), ("meta", envelope_shapes.FlightMeta)], frozen=True, kw_only=True
)
PartialFlightList = msgspec.defstruct(
    "PartialFlightList",
    [("data", list[PartialFlight]), ("meta", envelope_shapes.ListMeta), ("next", str | None)],  # type: ignore[valid-type]
    frozen=True,
    kw_only=True,
)


def _of_flights() -> Parameter:
    top = ", ".join(name for name in NAMES if "." not in name)
    valid = f"names with commas between them: {top}, or a part of one such as departure.iata"
    described = f"Only these fields of each flight; `{ALWAYS}` is always there. Less is read, and less is sent."
    return several("fields", NAMES, described, valid)


PARAMETER = _of_flights()


def projection(names: Sequence[str]) -> dict[str, int]:
    """What MongoDB is asked for; a part is not named beside the whole that holds it."""
    return dict.fromkeys(_widest((*_READ, *names)), 1)


def picked(document: Document, names: Sequence[str]) -> Struct:
    """These parts of a flight; where the whole of a part is null, so is the whole."""
    parts: dict[str, Any] = {}
    document = {**_UNTOLD, **document}
    for name in _widest((ALWAYS, *names)):
        _pick(document, parts, name.split("."))
    return msgspec.convert(shapes.with_local_clocks(parts), PartialFlight)


def _widest(names: Sequence[str]) -> list[str]:
    wanted = set(names)
    return [
        name for name in dict.fromkeys(names) if not any(f"{name}.".startswith(f"{each}.") for each in wanted - {name})
    ]


def _pick(source: Mapping[str, Any], target: dict[str, Any], path: list[str]) -> None:
    first, *rest = path
    value = source.get(first)
    if rest and value is not None:
        _pick(value, target.setdefault(first, {}), rest)
    else:
        target[first] = value
