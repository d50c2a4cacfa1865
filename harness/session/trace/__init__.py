"""Traces every call of a Session, without changing the Session's behaviour."""
