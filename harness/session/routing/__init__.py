"""One Session, several policies: which one takes a call, and how one takes the place of another."""
