"""The addresses below /api/v1/; none ends with a slash."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from flights.api import comparison, files, indicators, manifests, slot_answers, views


class ClosingConverter(StringConverter):
    """`r0.s1`, which is no hour."""

    regex = r"r[0-9]+\.s[0-9]+"


register_converter(ClosingConverter, "closing")
# Before the others, which would take `flights.csv` for an hour.
_FILES = [
    path("flights.manifest.json", manifests.FlightsManifestView.as_view(), name="flights-manifest"),
    path("flights.<str:form>", files.FlightsFileView.as_view(), name="flights-file"),
    path("days/<str:date>/flights.manifest.json", manifests.DayManifestView.as_view(), name="day-manifest"),
    path("days/<str:date>/flights.<str:form>", files.DayFileView.as_view(), name="day-file"),
    path("slots/<str:date>/flights.manifest.json", manifests.FetchedDayManifestView.as_view()),
    path("slots/<str:date>/flights.<str:form>", files.FetchedDayFileView.as_view()),
    path("slots/<str:date>/<closing:closing>/flights.<str:form>", files.FetchedDayClosingFileView.as_view()),
    path("slots/<str:date>/<str:hour>/flights.manifest.json", manifests.SlotManifestView.as_view()),
    path("slots/<str:date>/<str:hour>/flights.<str:form>", files.SlotFileView.as_view()),
    path("slots/<str:date>/<str:hour>/<str:closing>/flights.<str:form>", files.ClosingFileView.as_view()),
]
urlpatterns = [
    *_FILES,
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
