"""Configuration files: found, overridden and read."""
