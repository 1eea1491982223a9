"""The admin's pages about what we know, and who may ask."""

from flights.admin import access, movements, reference, slots

__all__ = ["access", "movements", "reference", "slots"]
