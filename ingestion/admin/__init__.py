"""The admin's pages about how flights get in, who ordered that, and about what could not."""

from ingestion.admin import backfills, drift, letters, orders, pauses, requests, runs

__all__ = ["backfills", "drift", "letters", "orders", "pauses", "requests", "runs"]
