"""The client of a journey, over requests or over another transport."""
