"""Who may ask: API keys (shown once, when made) with their scopes and limits, users and groups."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey as LibraryKey
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from flights.admin.reading import utc
from flights.keys import services
from flights.keys.models import ApiKey

admin.site.unregister([LibraryKey, User, Group])

KEY_COLOURS = {"valid": "success", "expired": "warning", "revoked": "danger"}


@admin.register(ApiKey)
class KeyAdmin(APIKeyModelAdmin, ModelAdmin):
    """Made here, shown once; every change holds within a second in all web processes."""

    list_display: Any = (
        "prefix",
        "name",
        "standing",
        "opens",
        "requests_a_minute",
        "rows_a_day",
        "used",
        "expiry_date",
    )
    list_filter: ClassVar[Any] = ("revoked", "may_read", "may_operate")
    search_fields: ClassVar[Any] = ("name", "prefix", "note")
    ordering: ClassVar = ["-created"]
    fieldsets = (
        (None, {"fields": ("name", "note", "prefix")}),
        ("May do", {"fields": (("may_read", "may_operate"),)}),
        ("Limits", {"fields": (("requests_a_minute", "rows_a_day"),)}),
        ("Ends", {"fields": (("expiry_date", "revoked"), "used")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "used")

    def save_model(self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's
        super().save_model(request, obj, form, change)
        services.forget_accepted()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        services.forget_accepted()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        services.forget_accepted()

    @display(description="State", label=KEY_COLOURS)
    def standing(self, obj: ApiKey) -> str:
        return obj.state

    @display(description="Scopes")
    def opens(self, obj: ApiKey) -> str:
        return ", ".join(sorted(obj.scopes))

    @display(description="Last used")
    def used(self, obj: ApiKey) -> str:
        return utc(obj.last_used) if obj.last_used else "never"


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class TeamAdmin(GroupAdmin, ModelAdmin):
    pass
