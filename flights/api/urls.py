"""The addresses below /api/v1/; none ends with a slash."""

from django.urls import path

from flights.api import comparison, indicators, slot_answers, views

urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("flights", views.FlightsView.as_view(), name="flights"),
    path("flights/<str:flight_id>", views.FlightView.as_view(), name="flight"),
    path("flights/<str:flight_id>/history", views.HistoryView.as_view(), name="flight-history"),
    path("delays", comparison.DelaysView.as_view(), name="delays"),
    path("indicators", indicators.IndicatorsView.as_view(), name="indicators"),
    path("indicators/<str:indicator>", indicators.SeriesView.as_view(), name="indicator"),
    path("slots", views.SlotsView.as_view(), name="slots"),
    path("slots/compare", comparison.CompareView.as_view(), name="slots-compare"),
    path("slots/<str:date>", views.DayView.as_view(), name="slot-day"),
    path("slots/<str:date>/flights", views.DayFlightsView.as_view(), name="slot-day-flights"),
    path("slots/<str:date>/indicators", slot_answers.DayAnswersView.as_view(), name="day-indicators"),
    path("slots/<str:date>/indicators/<str:indicator>", slot_answers.DayAnswerView.as_view(), name="day-indicator"),
    path(
        "slots/<str:date>/indicators/<str:indicator>/evidence",
        slot_answers.DayEvidenceView.as_view(),
        name="day-evidence",
    ),
    path("slots/<str:date>/<str:hour>", views.SlotView.as_view(), name="slot"),
    path("slots/<str:date>/<str:hour>/flights", views.SlotFlightsView.as_view(), name="slot-flights"),
    path("slots/<str:date>/<str:hour>/indicators", slot_answers.SlotAnswersView.as_view(), name="slot-indicators"),
    path(
        "slots/<str:date>/<str:hour>/indicators/<str:indicator>",
        slot_answers.AnswerView.as_view(),
        name="slot-indicator",
    ),
    path(
        "slots/<str:date>/<str:hour>/indicators/<str:indicator>/evidence",
        slot_answers.EvidenceView.as_view(),
        name="slot-evidence",
    ),
]
