"""Records and measurements of the upstream itself and of its clients."""
