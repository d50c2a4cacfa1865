"""The errors that surgeline raises by itself, as a tree: each is one line that names place, value and remedy.

The root and `ConfigError` live beside the upstream's configuration, because the upstream is independent and reads its
own files; the harness uses the same classes, so that all files have the same error messages.
"""

from mock_upstream.config.errors import ConfigError, SurgelineError

__all__ = [
    "ConfigError", "DamagedError", "MachineError", "NewerSchemaError", "NotFoundError", "PrometheusError",
    "RecordError", "SurgelineError", "TargetError",
]  # fmt: skip


class RecordError(SurgelineError):
    """A run, a range or a baseline that cannot be read, written or used as requested."""


class NotFoundError(RecordError):
    """No run, range or baseline has this name, or several match it."""


class NewerSchemaError(RecordError):
    """A record that a later version of surgeline has written."""


class DamagedError(RecordError):
    """A record whose files are there and cannot be read."""


class PrometheusError(SurgelineError):
    """A Prometheus server that does not respond, or has no data for the request."""


class MachineError(SurgelineError):
    """Something that this machine cannot do: a taken port, a full disk, a rate, a process that does not start."""


class TargetError(SurgelineError):
    """A target that may not receive load, or cannot be used as one."""
