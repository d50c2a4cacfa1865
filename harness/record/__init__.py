"""Writes and reads records. A run is a folder; recorded data is never lost."""
