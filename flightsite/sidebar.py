"""The look of the admin, and its sidebar. Part of the settings: no model is imported here."""

from typing import Any

from django.urls import reverse_lazy


def _listed(title: str, icon: str, model: str) -> dict[str, object]:
    """An entry of the admin's sidebar, shown to those who may see the page."""
    app, _, name = model.partition(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "flightsite",
    "SITE_HEADER": "flightsite",
    "SITE_SUBHEADER": "Flight data with its basis",
    "SITE_SYMBOL": "flight_takeoff",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "title": "Now",
                "items": [
                    {
                        "title": "Operations",
                        "icon": "monitor_heart",
                        "link": reverse_lazy("operations"),
                        "permission": lambda request: request.user.has_perm("ingestion.view_run"),
                    },
                ],
            },
            {
                "title": "Flights",
                "items": [
                    _listed("Slots", "event_available", "flights.slot"),
                    _listed("Flights", "flight", "flights.flight"),
                    _listed("Observations", "visibility", "flights.observation"),
                ],
            },
            {
                "title": "Pipeline",
                "items": [
                    _listed("Runs", "play_circle", "ingestion.run"),
                    _listed("Backfills", "event_repeat", "ingestion.backfill"),
                    _listed("Requests and quota", "request_quote", "ingestion.upstreamrequest"),
                    _listed("Dead letters", "mail_off", "streaming.deadletter"),
                    _listed("Orders", "receipt_long", "ingestion.order"),
                    _listed("Schema changes", "difference", "ingestion.schemafinding"),
                    _listed("Pauses", "pause_circle", "ingestion.schedulepause"),
                ],
            },
            {
                "title": "Reference",
                "items": [
                    _listed("Versions", "history", "flights.referenceversion"),
                    _listed("Airports", "flight_land", "flights.referenceairport"),
                    _listed("Airlines", "airlines", "flights.referenceairline"),
                    _listed("Aircraft types", "category", "flights.referenceaircrafttype"),
                    _listed("Airframes", "tag", "flights.referenceairframe"),
                    _listed("Countries", "public", "flights.referencecountry"),
                ],
            },
            {
                "title": "Access",
                "items": [
                    _listed("API keys", "key", "keys.apikey"),
                    _listed("Users", "person", "auth.user"),
                    _listed("Groups", "group", "auth.group"),
                ],
            },
            {
                "title": "Elsewhere",
                "items": [
                    {
                        "title": "Storage",
                        "icon": "database",
                        "link": reverse_lazy("storage"),
                        "permission": lambda request: request.user.has_perm("flights.view_slot"),
                    },
                    {"title": "API documentation", "icon": "api", "link": "/api/docs/"},
                    {"title": "Readiness", "icon": "vital_signs", "link": "/readyz"},
                ],
            },
        ],
    },
}
