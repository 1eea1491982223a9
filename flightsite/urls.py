"""Every address that the site answers."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from flights.api.views import nothing_here
from flightsite import health, metrics, storage
from flightsite.operations import views as operations


def _operators(view: operations.View) -> operations.View:
    return operations.told_when_down(admin.site.admin_view(view))


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("admin/operations/", _operators(operations.page), name="operations"),
    path("admin/operations/run-now/", _operators(operations.run_now), name="operations-run-now"),
    path("admin/operations/retry/", _operators(operations.retry), name="operations-retry"),
    path("admin/operations/pause/", _operators(operations.pause), name="operations-pause"),
    path("admin/operations/resume/", _operators(operations.resume), name="operations-resume"),
    path("admin/storage/", admin.site.admin_view(storage.storage), name="storage"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/v1/ops/", include("ingestion.api.urls")),
    path("api/v1/", include("flights.api.urls")),
    re_path("^api/", nothing_here),
]
handler400 = "flights.api.views.refused"
