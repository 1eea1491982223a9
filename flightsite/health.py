"""Whether the process is up (`/healthz`) and whether all that it needs answers (`/readyz`)."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ingestion import dependencies
from ingestion.dependencies import Check


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Asks SQL, MongoDB, Kafka and Redis at once; names what is down, without addresses."""
    checks = {name: _told(check) for name, check in dependencies.checked().items()}
    down = [name for name, check in checks.items() if check["status"] != "ok"]
    answer = {"status": "down" if down else "ok", "down": down, "checks": checks}
    return JsonResponse(answer, status=503 if down else 200)


def _told(check: Check) -> dict[str, str | int]:
    if check.error is None:
        return {"status": "ok", "milliseconds": round(check.seconds * 1000)}
    silent = isinstance(check.error, TimeoutError)
    return {"status": "down", "reason": str(check.error) if silent else type(check.error).__name__}
