"""The key of a reader."""

from tests.flights.api.conftest import key

__all__ = ["key"]
