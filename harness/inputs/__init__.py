"""Files that people write, found, overridden and read."""
