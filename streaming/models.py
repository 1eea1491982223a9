"""The dead letters as a model, for browsing; streaming/dead_letters.py is their only writer."""

from django.db import models

from flights import store


class DeadLetter(models.Model):
    """A row or message that could not be used, kept once per content."""

    id = models.CharField(primary_key=True, max_length=32, db_column="_id")
    reason = models.CharField(max_length=60)
    text = models.TextField()
    kind = models.CharField(max_length=12)
    version = models.CharField(max_length=80, help_text="the code that refused it last")
    state = models.CharField(max_length=12)
    source = models.CharField(max_length=120)
    slot = models.CharField(max_length=16, null=True)  # noqa: DJ001 - documents know null
    payload = models.TextField(help_text="as received, cut after 4 KiB")
    size = models.IntegerField(help_text="bytes as received")
    count = models.IntegerField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=160, null=True)  # noqa: DJ001
    closed_why = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        managed = False
        db_table = store.DEAD_LETTERS

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
