"""Builds a requests.Session from a policy, and observes the calls of any Session."""
