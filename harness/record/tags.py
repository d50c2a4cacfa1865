"""Tags of a run: labels that are added afterwards, in a separate file next to the record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from harness.model.errors import ConfigError
from harness.record.record_file import write_record_file
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json

FILE = "tags.json"
AT_MOST, LONGEST = 20, 40
_TAG = re.compile(rf"[a-z0-9][a-z0-9._:-]{{0,{LONGEST - 1}}}")


def tags(folder: Path) -> tuple[str, ...]:
    """A run's tags, sorted; none where there is no file, or one that cannot be read."""
    try:
        found = parse_json(read_file(folder / FILE))
    except (UnreadableFileError, SyntaxProblem):
        return ()
    return tuple(sorted({tag for tag in found if _is_tag(tag)})) if isinstance(found, list) else ()


def change_tags(folder: Path, add: Iterable[str] = (), remove: Iterable[str] = ()) -> tuple[str, ...]:
    """Adds and removes tags, writes them whole in place of those before, and returns them.

    The record itself is not touched. Raises ConfigError for a word that cannot be a tag or too many of them, and
    RecordError for a folder that cannot be written to.
    """
    added = list(add)
    for word in added:
        if not _is_tag(word):
            shown = word if len(word) <= LONGEST else f"{word[:LONGEST]}…"
            raise ConfigError(
                "tag", shown, f"must have only the characters a-z, 0-9 and . _ : -, at most {LONGEST} of them"
            )
    kept = sorted((set(tags(folder)) | set(added)) - set(remove))
    if len(kept) > AT_MOST:
        raise ConfigError("tag", folder.name, f"would have {len(kept)} tags; at most {AT_MOST} are allowed")
    write_record_file(folder / FILE, json.dumps(kept) + "\n")
    return tuple(kept)


def _is_tag(word: object) -> bool:
    return isinstance(word, str) and _TAG.fullmatch(word) is not None
