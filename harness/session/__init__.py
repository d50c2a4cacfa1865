"""A policy becomes a requests.Session, and any Session becomes observable."""
