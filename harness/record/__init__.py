"""Calls to disk and back. A run is a folder; nothing that was recorded is ever lost."""
