"""The nouns: frozen, validated, without I/O. Everything else in the harness speaks in these."""
