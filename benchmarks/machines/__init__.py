"""State machines: what keeps state, beside a small model of it that is written from its documentation alone."""
