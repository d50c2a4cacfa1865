"""From a policy, or a team's own factory, to a Session."""
