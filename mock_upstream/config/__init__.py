"""Configuration files: read, validated, and explained in one line where they are wrong."""
