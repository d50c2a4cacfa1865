"""What a run shows of the machine and of a server that is not surgeline's own, for the twin's predictions."""
