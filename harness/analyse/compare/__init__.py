"""Differences between runs of the same schedule."""
