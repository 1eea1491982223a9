"""Kafka, MongoDB and Redis servers that a laptop or a test run starts by itself.

Each is a process of its own on 127.0.0.1, none is imported, and nothing of Django is needed.
"""
