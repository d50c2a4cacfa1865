"""From frames to answers: measurements, verdicts and comparisons, as pure functions."""
