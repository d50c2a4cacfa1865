"""Safe operating ranges: trials made through the lab, decided by analyse, kept in a folder of their own."""
