"""In what two responses to the same request differ: status, chosen headers, body."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

import requests

MOST_NAMED = 10


def differences(
    one: requests.Response, other: requests.Response, headers: Collection[str], ignored: Collection[str]
) -> list[str]:
    """The names of what differs, at most ten: "status", "header ETag", "body" or "body.items.0.price". Never a value.

    JSON is compared by its values, whatever the order of its keys. `ignored` are dotted names of fields that may
    differ, in which `*` stands for any key or index: `items.*.id`.
    """
    found = []
    if one.status_code != other.status_code:
        found.append("status")
    found += [f"header {name}" for name in headers if one.headers.get(name) != other.headers.get(name)]
    if one.content != other.content:
        found += _in_bodies(one, other, [field.split(".") for field in ignored])
    return found[:MOST_NAMED]


def _in_bodies(one: requests.Response, other: requests.Response, ignored: list[list[str]]) -> list[str]:
    try:
        mine, theirs = json.loads(one.content), json.loads(other.content)
        found = list(_unequal(mine, theirs, []))
    except (
        ValueError,
        RecursionError,
    ):  # no JSON, or JSON that is nested too deep to be compared by its values
        return ["body"]
    return [".".join(["body", *path]) for path in found if not _is_ignored(path, ignored)]


def _unequal(one: object, other: object, path: list[str]) -> Iterator[list[str]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key in one and key in other:
                yield from _unequal(one[key], other[key], [*path, key])
            else:
                yield [*path, key]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _unequal(mine, theirs, [*path, str(index)])
    elif one != other:
        yield path


def _is_ignored(path: list[str], ignored: list[list[str]]) -> bool:
    """Whether the path, or a field that it is in, is ignored."""
    return any(
        len(field) <= len(path) and all(name in ("*", part) for name, part in zip(field, path, strict=False))
        for field in ignored
    )
