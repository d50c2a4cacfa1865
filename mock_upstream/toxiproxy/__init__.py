"""Toxiproxy's proxies and toxics, under their own names, for our listeners and for other loopback addresses."""
