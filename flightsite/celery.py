"""The Celery application: its settings are Django's, named CELERY_*."""

import os
from typing import Any

import celery
from celery.worker.request import Request

from flightsite import watched as watched  # connects to Celery's signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flightsite.settings")


class LoudRequest(Request):
    """A task in the worker's hands whose failed acknowledgement is not swallowed, so that the worker connects anew.

    Celery logs it and goes on, while kombu's Redis transport still counts the task as delivered: with one task at a
    time the worker then takes no other, for good. Connecting anew clears that count and hands the task back to the
    queue, where it finds its step done.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"connection_errors": ()})  # the errors to be swallowed


class Task(celery.Task[Any, Any]):
    Request = f"{__name__}:{LoudRequest.__name__}"


app = celery.Celery("flightsite", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
