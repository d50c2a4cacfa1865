"""What goes wrong before a run starts, as one line that names the place, the value and the remedy.

`BadInput` and the frozen base class live beside the upstream's profile, because the upstream stands alone
and reads its own files; the harness uses the very same ones, so that every file fails in the same words.
"""

from mock_upstream.toml import BadInput, Frozen

__all__ = ["BadInput", "Frozen"]
