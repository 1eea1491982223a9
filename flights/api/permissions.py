"""Who may read: whoever shows a key that is known, not revoked and not expired."""

import re
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_api_key.models import APIKey
from rest_framework_api_key.permissions import KeyParser

from flights.api.problems import ApiError

_KEY = re.compile(r"[!-~]{1,150}")
_CHALLENGE = {"WWW-Authenticate": "Api-Key"}
_HINT = "Send the header `Authorization: Api-Key YOUR_KEY`; keys are made in the admin."


class HasKey(BasePermission):
    """Raises a 401 that says whether the key is missing or not accepted."""

    def has_permission(self, request: Request, _view: Any) -> bool:
        key = KeyParser().get(request)
        if not key:
            raise ApiError(401, "The request shows no API key.", _HINT, headers=_CHALLENGE)
        if not _KEY.fullmatch(key) or not APIKey.objects.is_valid(key):
            detail = "The API key is not known, or it is revoked or expired."
            raise ApiError(401, detail, _HINT, headers=_CHALLENGE)
        return True
