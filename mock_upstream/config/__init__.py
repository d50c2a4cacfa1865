"""Configuration files: read, validated, and reported in one line where they are wrong."""
