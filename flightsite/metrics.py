"""`/metrics` of web: what its processes count. The state of the stores is told by `manage.py exporter`."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from flights import exposition


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """The text that Prometheus reads; needs no key, holds no secret."""
    return HttpResponse(generate_latest(exposition.counters()), content_type=CONTENT_TYPE_LATEST)
