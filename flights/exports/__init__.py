"""Flights as files: one row a movement, the same columns in every file, built whole before a byte is sent."""
