"""What every process of surgeline shares: the signals that stop it, and temporary folders of its own."""
