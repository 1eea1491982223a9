"""The Celery application: its settings are Django's, named CELERY_*."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flightsite.settings")

app = Celery("flightsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
