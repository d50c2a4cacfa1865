"""Journeys: the calls to a dependency for one request to your service. Copy one and change it."""
