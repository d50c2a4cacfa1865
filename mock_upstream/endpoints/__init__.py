"""The endpoints, and the router that chooses among them."""
