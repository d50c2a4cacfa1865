"""The data types of the harness: frozen, validated, without I/O. Every other package uses them."""
