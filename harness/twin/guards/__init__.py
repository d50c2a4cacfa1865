"""The decisions of a policy's guards as compiled functions of state and time, equal to those of harness/session."""
