"""The endpoints, and the router that selects one for a request."""
