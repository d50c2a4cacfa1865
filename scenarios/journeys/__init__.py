"""Journeys: what a request to your service does with its dependency. Copy one and make it yours."""
