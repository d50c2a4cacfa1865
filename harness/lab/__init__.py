"""Makes runs: starts the upstream and the drivers, conducts them, and closes the record."""
