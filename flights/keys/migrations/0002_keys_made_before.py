"""Keys that were made with the library's own model move here with their hashes: they go on working.

They had no limits, so they get wide ones; the operator narrows them in the admin.
"""

from django.db import migrations

COPIED = ("id", "prefix", "hashed_key", "name", "revoked", "expiry_date")
WIDE = {"requests_a_minute": 60_000, "rows_a_day": 100_000_000}


def _move(source, target, values):
    for old in source.objects.all():
        target.objects.create(**{name: getattr(old, name) for name in COPIED}, **values)
        target.objects.filter(pk=old.pk).update(created=old.created)  # auto_now_add wrote another
        old.delete()


def forwards(apps, _editor):
    _move(apps.get_model("rest_framework_api_key", "APIKey"), apps.get_model("keys", "ApiKey"), WIDE)


def backwards(apps, _editor):
    _move(apps.get_model("keys", "ApiKey"), apps.get_model("rest_framework_api_key", "APIKey"), {})


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0001_initial"),
        ("rest_framework_api_key", "0005_auto_20220110_1102"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
