"""What the upstream records and measures of itself and of its clients."""
