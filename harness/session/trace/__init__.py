"""Every call of a Session taken apart, without a change of what the Session does."""
