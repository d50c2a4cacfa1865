"""Statistics of dependent samples, and queueing theory."""
