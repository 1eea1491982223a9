"""Who may ask: whoever shows a key that is accepted, has the view's scope and is within its limits."""

import re
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_api_key.permissions import KeyParser

from flights.api import metering
from flights.api.problems import ApiError
from flights.keys import services
from flights.keys.records import Caller, Scope
from flights.times import utc_now

_KEY = re.compile(r"[!-~]{1,150}")
_CHALLENGE = {"WWW-Authenticate": "Api-Key"}
_HINT = "Send the header `Authorization: Api-Key YOUR_KEY`; keys are made in the admin."
_OPENS = {Scope.READ: "reading flights, slots and indicators", Scope.OPS: "the operators' addresses below /api/v1/ops/"}


class HasKey(BasePermission):
    """Raises a 401 without an accepted key, a 429 beyond its limits, a 403 without the scope that the view wants."""

    def has_permission(self, request: Request, view: Any) -> bool:
        now = utc_now()
        text = KeyParser().get(request)
        if not text:
            raise ApiError(401, "The request shows no API key.", _HINT, headers=_CHALLENGE)
        caller = services.accepted(text, now) if _KEY.fullmatch(text) else None
        if caller is None:
            detail = "The API key is not known, or it is revoked or expired."
            raise ApiError(401, detail, _HINT, headers=_CHALLENGE)
        metering.admit(request, caller, needs_rows=view.charges_rows)
        services.note_use(caller, now)
        _check_scope(caller, view.scope)
        return True


def _check_scope(caller: Caller, wanted: Scope) -> None:
    if wanted in caller.scopes:
        return
    held = ", ".join(sorted(caller.scopes)) or "none"
    detail = f"This needs a key with the scope {wanted}; this key has: {held}."
    hint = f"The scope {wanted} opens {_OPENS[wanted]}: ask the operator for a key that has it."
    raise ApiError(403, detail, hint)
