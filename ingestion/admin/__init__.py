"""The admin's pages about how flights get in, and about what could not."""

from ingestion.admin import letters, runs

__all__ = ["letters", "runs"]
