"""The search for a safe operating range: trials through the lab, decided by analyse."""
