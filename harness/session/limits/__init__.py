"""Rules that decide a concurrency limit: pure functions of the settings, the state, a sample and the time."""
