"""The read side: from records to evidence, verdicts, comparisons, ranges and rehearsals. It starts no process."""
