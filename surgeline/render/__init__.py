"""Results as text: for a terminal, for machines, for pipelines and pull requests."""
