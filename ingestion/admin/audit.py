"""Who did what to which object in the admin, and why: kept for good, shown on the object's page."""

from collections.abc import Iterable
from typing import ClassVar

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.http import HttpRequest
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from flights.admin.reading import Section, utc

LONGEST_REASON = 500


class ReasonForm(BaseDialogForm):
    """What a button asks before it does anything."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text="Kept with your name and the time.",
    )
    field_order: ClassVar = ["reason"]


def note(request: HttpRequest, done: Iterable[tuple[models.Model, str]]) -> None:
    """Note of each object what was done to it and why; all of it or nothing."""
    with transaction.atomic():
        for obj, told in done:
            LogEntry.objects.log_actions(request.user.pk or 0, [obj], CHANGE, told)


def done_to(obj: models.Model) -> Section:
    """What was done to it, newest first."""
    kind = ContentType.objects.get_for_model(type(obj))
    entries = LogEntry.objects.filter(content_type=kind, object_id=obj.pk).select_related("user")
    rows = [(utc(entry.action_time), str(entry.user), entry.change_message) for entry in entries]
    return Section("What was done", ("when", "who", "what"), rows, "" if rows else "Nothing yet.")
