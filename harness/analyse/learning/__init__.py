"""What arrivals and ends of requests say about the upstream behind them; pure functions of arrays."""
