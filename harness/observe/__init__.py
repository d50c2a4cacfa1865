"""The calls of a run or a service as Prometheus metrics."""
