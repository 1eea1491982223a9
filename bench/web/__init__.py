"""The endpoints that bench/api.py compares with ours, each served as ours is."""
