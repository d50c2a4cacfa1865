"""The control API: what it answers, and whom."""
