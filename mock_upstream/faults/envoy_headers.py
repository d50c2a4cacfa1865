"""Faults that a request itself requests, in the headers of Envoy's fault filter."""

from mock_upstream.config.numbers import whole_number
from mock_upstream.faults.base import FaultRule
from mock_upstream.faults.latency import LatencyFault
from mock_upstream.faults.status import StatusFault
from mock_upstream.http.request import Request

_ABORT = b"x-envoy-fault-abort-request"
_DELAY = b"x-envoy-fault-delay-request"
_SHARE = b"-percentage"


def faults_in_headers(request: Request) -> list[FaultRule]:
    """Return the faults in the request's headers: an HTTP status, a delay in milliseconds, each with a percentage.

    Headers that are not numbers in range are ignored, as in Envoy.
    """
    faults: list[FaultRule] = []
    status = _number(request, _ABORT)
    if status is not None and 200 <= status <= 599:
        faults.append(
            StatusFault(kind="status", name="envoy-abort", status=status, ratio=_ratio(request, _ABORT))
        )
    delay_ms = _number(request, _DELAY)
    if delay_ms is not None:
        add_s = delay_ms / 1000
        faults.append(
            LatencyFault(kind="latency", name="envoy-delay", add_s=add_s, ratio=_ratio(request, _DELAY))
        )
    return faults


def _ratio(request: Request, header: bytes) -> float:
    percentage = _number(request, header + _SHARE)
    return 1.0 if percentage is None else min(percentage, 100) / 100


def _number(request: Request, header: bytes) -> int | None:
    return whole_number(request.header(header) or "")
