"""Toxiproxy's proxies and toxics under their own names, for the upstream's listeners and other loopback addresses."""
