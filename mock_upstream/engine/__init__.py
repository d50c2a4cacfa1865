"""One attempt from its connection to its response: exchange, region, workers and queue."""
