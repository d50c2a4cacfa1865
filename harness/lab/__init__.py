"""Makes runs: starts the upstream and the drivers, controls them, and closes the record."""
