from django.apps import AppConfig


class KeysConfig(AppConfig):
    """An app of its own, since its table is SQL: the models of `flights` are documents."""

    name = "flights.keys"
    label = "keys"
    default_auto_field = "django.db.models.BigAutoField"
