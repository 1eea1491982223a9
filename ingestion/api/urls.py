"""The addresses below /api/v1/ops/; none ends with a slash."""

from django.urls import path

from ingestion.api import views

urlpatterns = [
    path("runs", views.RunsView.as_view(), name="ops-runs"),
    path("runs/<str:slot>", views.RunView.as_view(), name="ops-run"),
    path("backfills", views.BackfillsView.as_view(), name="ops-backfills"),
    path("quota", views.QuotaView.as_view(), name="ops-quota"),
]
