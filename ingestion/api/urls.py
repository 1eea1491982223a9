"""The addresses below /api/v1/ops/; none ends with a slash."""

from django.urls import path

from ingestion.api import backfill_views, views

urlpatterns = [
    path("runs", views.RunsView.as_view(), name="ops-runs"),
    path("runs/<str:slot>", views.RunView.as_view(), name="ops-run"),
    path("backfills", backfill_views.BackfillsView.as_view(), name="ops-backfills"),
    path("backfills/dry-run", backfill_views.DryRunView.as_view(), name="ops-backfills-dry-run"),
    path("backfills/<str:job>", backfill_views.BackfillView.as_view(), name="ops-backfill"),
    path("backfills/<str:job>/pause", backfill_views.PauseView.as_view(), name="ops-backfill-pause"),
    path("backfills/<str:job>/resume", backfill_views.ResumeView.as_view(), name="ops-backfill-resume"),
    path("backfills/<str:job>/cancel", backfill_views.CancelView.as_view(), name="ops-backfill-cancel"),
    path("quota", views.QuotaView.as_view(), name="ops-quota"),
]
