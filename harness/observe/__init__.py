"""The same calls as Prometheus metrics."""
