"""The arithmetic of a range search: trials, the boundary, the next step, the conclusion."""
