"""The twin: a run of the lab as a discrete-event simulation, from the same scenario, policy and seed."""
