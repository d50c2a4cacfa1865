"""Prints the table "fault → what requests raises", from real requests against a real upstream.

python -m benchmarks.upstream_outcomes            # to stdout
python -m benchmarks.upstream_outcomes --write    # to docs/upstream/outcomes.md
"""

import select
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import requests

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile, SingleFault, Tls

_PAGE = Path(__file__).parent.parent / "docs" / "upstream" / "outcomes.md"
_TIMEOUT_S = (0.6, 0.5)
_AT_ONCE = 4
_HEAD = """# What `requests` makes of each fault

Made by `python -m benchmarks.upstream_outcomes --write`: one `Session.get(url, timeout=(0.6, 0.5))` without
retries against each fault, on a connection that was kept alive where the fault needs one. "digest" says
whether the body that was received agrees with `Repr-Digest`.

| fault | what the upstream does | `requests` says | underneath | digest |
|---|---|---|---|---|
"""


class Case(NamedTuple):
    """A fault as its table in a profile, and the path to ask for."""

    fault: dict[str, Any]
    target: str = "/get"
    secure: bool = False
    second: bool = False


def _cases() -> Iterator[Case]:
    yield Case({"kind": "status", "status": 503, "retry_after_s": 1})
    yield Case({"kind": "latency", "add_s": 1.0})
    yield Case({"kind": "slowdown", "factor": 50.0})
    yield Case({"kind": "pause"})
    for when in ("before", "in_headers", "in_body"):
        yield Case({"kind": "reset", "when": when, "after_bytes": 20 if when == "in_body" else 0})
    yield Case({"kind": "reset", "when": "in_body", "after_bytes": 20}, secure=True)
    yield Case({"kind": "truncate", "after_bytes": 20})
    yield Case({"kind": "empty"})
    for when in ("before", "in_headers", "in_body"):
        yield Case({"kind": "hang", "when": when, "after_bytes": 20 if when == "in_body" else 0})
    yield Case({"kind": "drip", "part": "body", "drop_bytes": 40, "every_s": 0.15})
    yield Case({"kind": "drip", "part": "headers", "drop_bytes": 60, "every_s": 0.15})
    for how in (
        "status_line",
        "version",
        "garbage",
        "no_colon",
        "two_lengths",
        "huge_header",
        "many_headers",
    ):
        yield Case({"kind": "malformed", "how": how})
    for how in ("chunk_size", "missing_last_chunk", "surprise_continue"):
        yield Case({"kind": "malformed", "how": how})
    yield Case({"kind": "bad_gzip", "how": "corrupt"})
    yield Case({"kind": "bad_gzip", "how": "truncated"})
    for how in ("cut", "html", "empty"):
        yield Case({"kind": "bad_json", "how": how})
    yield Case({"kind": "wrong_length", "by": 20})
    yield Case({"kind": "wrong_length", "by": -20})
    yield Case({"kind": "garble"})
    yield Case({"kind": "stale"}, second=True)
    yield Case({"kind": "silent_close"}, second=True)
    yield Case({"kind": "quota", "limit": 1, "window_s": 60.0}, second=True)
    yield Case({"kind": "redirect_loop"})
    yield Case({"kind": "bandwidth", "bytes_per_s": 20000}, "/bytes/12000")
    yield Case({"kind": "loss", "stall_s": 0.2})
    yield Case({"kind": "refused"})
    yield Case({"kind": "accept_full"})
    for how in ("expired", "untrusted", "wrong-host", "alert", "close", "reset", "hang", "plaintext"):
        yield Case({"kind": "tls", "how": how}, secure=True)
    yield Case({"kind": "tls", "how": "slow", "delay_s": 0.2}, secure=True)


def outcome(case: Case) -> tuple[str, str, str]:
    """Return (what requests says, what is underneath, whether the digest agrees) for one case."""
    fault = build(SingleFault, {"fault": case.fault}, "a case").fault
    profile = build(Profile, {"name": "case", "service_time": {"value_s": 0.02, "distribution": "fixed"}}, "")
    profile = profile.model_copy(update={"tls": Tls() if case.secure else None})
    with EmbeddedUpstream(profile) as upstream, requests.Session() as session:
        session.trust_env = False
        session.verify = str(upstream.addresses.get("ca", True))
        url = str(upstream.addresses["secure_url" if case.secure else "url"])
        upstream.call(lambda: upstream.upstream.timeline.turn_on(fault, "case", upstream.now()))
        if case.second:
            session.get(url + "/get", timeout=5)
            if case.fault["kind"] == "silent_close":
                _wait_until_closed(session, url)
        try:
            answer = session.get(url + case.target, timeout=_TIMEOUT_S)
            return _said(answer)
        except (requests.RequestException, ValueError) as error:
            return f"`{type(error).__name__}`", _innermost(error), ""


def _wait_until_closed(session: requests.Session, url: str) -> None:
    """Returns once the end of the idle connection has arrived, so that the second call finds it closed."""
    (pool,) = session.get_adapter(url).poolmanager.pools._container.values()
    idle = next(connection for connection in pool.pool.queue if connection is not None)
    select.select([idle.sock], [], [], 5.0)


def _said(answer: requests.Response) -> tuple[str, str, str]:
    try:
        answer.json()
        body = "JSON"
    except ValueError:
        body = "no JSON"
    agrees = {True: "agrees", False: "**differs**", None: "none sent"}[digest_agrees(answer)]
    return f"{answer.status_code}", f"a body that is {body}" if answer.content else "no body", agrees


def digest_agrees(answer: requests.Response) -> bool | None:
    """Return whether the body has the digest that was sent with it; None when none was sent."""
    import base64
    import hashlib

    encoded = "Content-Encoding" in answer.headers
    sent = answer.headers.get("Unencoded-Digest" if encoded else "Repr-Digest")
    if sent is None:
        return None
    return sent == f"sha-256=:{base64.b64encode(hashlib.sha256(answer.content).digest()).decode()}:"


def _innermost(error: BaseException) -> str:
    chain: list[str] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 8:
        name = type(current).__name__
        if name not in chain:
            chain.append(name)
        reason = getattr(current, "reason", None)
        nested = [each for each in (reason, *current.args) if isinstance(each, BaseException)]
        current = nested[0] if nested else current.__cause__ or current.__context__
    return " ← ".join(f"`{name}`" for name in chain[1:])


def table() -> str:
    """Return the whole page, as Markdown."""
    rows, cases = [], list(_cases())
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        outcomes = list(threads.map(outcome, cases))
    for case, (said, underneath, digest) in zip(cases, outcomes, strict=True):
        settings = ", ".join(
            f"{key} = {value}" for key, value in case.fault.items() if key != "kind" and value
        )
        if case.secure and case.fault["kind"] != "tls":
            settings += ", over TLS"
        what = build(SingleFault, {"fault": case.fault}, "a case").fault.__doc__ or ""
        does = " ".join(what.split("\n\n")[0].split())
        rows.append(f"| `{case.fault['kind']}` {settings} | {does} | {said} | {underneath} | {digest} |")
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    page = table()
    if "--write" in sys.argv:
        _PAGE.write_text(page, encoding="utf-8")
    else:
        print(page)
