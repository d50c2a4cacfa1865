"""The search for a better policy: settings tried in the twin, and the best of them confirmed in the lab."""
