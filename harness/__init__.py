"""surgeline's harness: policies and scenarios in, verdicts with evidence out."""
