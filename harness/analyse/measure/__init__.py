"""Measurements of one run: quantities, thresholds, recovery, and values over time."""
