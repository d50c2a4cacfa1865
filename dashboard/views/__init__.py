"""One page per file; each reads its state from the address."""
