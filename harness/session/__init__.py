"""A Policy becomes a requests.Session, and any Session becomes observable."""

from harness.session.trace.instrument import ServiceTracer, instrument, method_and_host

__all__ = ["ServiceTracer", "instrument", "method_and_host"]
