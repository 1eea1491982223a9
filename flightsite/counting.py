"""Counts requests as django-prometheus does, with labels that no visitor can multiply."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import PrometheusAfterMiddleware


class BoundedAfterMiddleware(PrometheusAfterMiddleware):  # type: ignore[misc]  # the package has no types
    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponse | None = None, **labels: str
    ) -> Any:
        """The library takes the method of its latency histogram from the request as it is: any word a visitor sends."""
        if "method" in labels:
            labels["method"] = self._method(request)
        return super().label_metric(metric, request, response, **labels)
