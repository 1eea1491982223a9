"""Stub until the API lands."""

urlpatterns: list[object] = []
