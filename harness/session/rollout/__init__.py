"""Two policies at once: which one takes a call, what each has shown, and when that is enough to decide."""
