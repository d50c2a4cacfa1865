"""Python imports this module when it starts, before the service's own code. It loads nothing that the service uses.

Whatever happens here, the service must start: an error is one line on standard error.
"""

import os
import sys
from importlib import import_module


def _import_the_next() -> None:
    """Imports the `sitecustomize` that this one hides, if there is one."""
    here, own = os.path.dirname(os.path.abspath(__file__)), sys.modules.pop("sitecustomize")
    path, sys.path = sys.path, [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    try:
        import_module("sitecustomize")
    except ModuleNotFoundError as missing:
        if missing.name != "sitecustomize":
            raise
    finally:
        sys.path = path
        sys.modules.setdefault("sitecustomize", own)


if os.environ.get("SURGELINE_SERVICE"):
    try:
        from harness.session.service.hook import hook_service

        hook_service()
    except Exception as error:
        reason = " ".join(str(error).split())
        sys.stderr.write(f"surgeline cannot watch {sys.executable}: {reason}; install surgeline for it\n")
_import_the_next()
