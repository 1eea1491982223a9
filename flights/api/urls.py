"""The addresses below /api/v1/; none ends with a slash."""

from django.urls import path

from flights.api import views

urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("flights", views.FlightsView.as_view(), name="flights"),
    path("flights/<str:flight_id>", views.FlightView.as_view(), name="flight"),
    path("flights/<str:flight_id>/history", views.HistoryView.as_view(), name="flight-history"),
    path("slots", views.SlotsView.as_view(), name="slots"),
    path("slots/<str:date>", views.DayView.as_view(), name="slot-day"),
    path("slots/<str:date>/flights", views.DayFlightsView.as_view(), name="slot-day-flights"),
    path("slots/<str:date>/<str:hour>", views.SlotView.as_view(), name="slot"),
    path("slots/<str:date>/<str:hour>/flights", views.SlotFlightsView.as_view(), name="slot-flights"),
]
