"""Pitfalls of requests and urllib3, each a file that shows it: `surgeline pitfalls`."""
