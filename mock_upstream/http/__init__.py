"""Requests, responses, and the steps in which a response is sent."""
