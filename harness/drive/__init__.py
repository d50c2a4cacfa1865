"""Locust runs the journeys on schedule, in a process of its own: `python -m harness.drive`."""
