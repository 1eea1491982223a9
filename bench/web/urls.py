"""The site's addresses and the two that it is compared with."""

from django.urls import path

from bench.web.views import PlainFlights, bare_flights
from flightsite.urls import handler400
from flightsite.urls import urlpatterns as own

__all__ = ["handler400", "urlpatterns"]

urlpatterns = [
    path("bench/bare", bare_flights),
    path("bench/plain", PlainFlights.as_view()),
    *own,
]
