"""Results to take along: the self-contained HTML report, tables and pictures."""
