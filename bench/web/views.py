"""What the same page costs with nothing around it, and with Django REST framework as its tutorial uses it."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse
from rest_framework import generics, pagination, renderers, serializers

from flights import store
from flights.models import Aircraft, Flight, FlightEnd, LivePosition, Moment, Operating

PAGE = 100
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")


def bare_flights(_request: HttpRequest) -> HttpResponse:
    """The practical limit: read a hundred documents and encode them. No key, no check, no meta, no shape."""
    found = store.collection(store.FLIGHTS).find().limit(PAGE)
    return HttpResponse(msgspec.json.encode(list(found), enc_hook=str), content_type="application/json")


def _serializer(shown: type[Any], **nested: serializers.BaseSerializer[Any]) -> type[serializers.ModelSerializer[Any]]:
    class Meta:
        model = shown
        fields = "__all__"

    return type(f"{shown.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": Meta, **nested})


def _end() -> serializers.ModelSerializer[Any]:
    return _serializer(FlightEnd, **{name: _serializer(Moment)() for name in CLOCKS})()


FlightSerializer = _serializer(
    Flight,
    operating=_serializer(Operating)(),
    departure=_end(),
    arrival=_end(),
    aircraft=_serializer(Aircraft)(),
    live=_serializer(LivePosition)(),
    marketed_as=serializers.ListField(),
    carriers=serializers.ListField(),
    numbers=serializers.ListField(),
)


class Pages(pagination.CursorPagination):
    page_size = PAGE
    ordering = "id"


class PlainFlights(generics.ListAPIView[Flight]):
    """ModelSerializer over the ORM, the framework's own paging and renderer; no key."""

    queryset = Flight.objects.all()
    serializer_class = FlightSerializer
    pagination_class = Pages
    permission_classes: ClassVar = []
    renderer_classes: ClassVar = [renderers.JSONRenderer]
