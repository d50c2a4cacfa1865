"""The detail of an event in the record's table `events`: a JSON object in the column `detail`."""

from __future__ import annotations

from typing import Any

from mock_upstream.config.syntax import SyntaxProblem, parse_json


def event_detail(text: object) -> dict[str, Any]:
    """The detail; any other text is its only entry, `detail`."""
    try:
        found = parse_json(str(text or "{}"))
    except SyntaxProblem:
        found = text
    return found if isinstance(found, dict) else {"detail": found}
