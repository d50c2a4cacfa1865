"""From frames to results: measurements, verdicts and comparisons, as pure functions."""
