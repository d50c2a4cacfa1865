"""A Policy becomes a requests.Session, and any Session becomes observable."""

from harness.session.instrument import Watch, instrument, method_and_host

__all__ = ["Watch", "instrument", "method_and_host"]
