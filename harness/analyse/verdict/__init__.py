"""The verdict on one run, and whether the run is valid."""
