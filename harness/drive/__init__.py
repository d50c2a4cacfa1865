"""Locust runs the journeys on schedule, in its own process: `python -m harness.drive`."""
