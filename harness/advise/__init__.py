"""From answers about a call to a policy and a scenario, with a reason and a source for each line: pure rules."""
