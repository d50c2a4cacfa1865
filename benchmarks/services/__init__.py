"""Services that forward each request to the upstream: what the lab's stand-in does, under real servers."""
