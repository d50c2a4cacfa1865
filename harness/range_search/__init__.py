"""The search for a safe operating range: trials run by the lab, chosen by analyse."""
