"""A shadow over real sockets: an upstream that corrupts what one of the policies asks for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

import surgeline
from harness.lab.upstream_process import UpstreamProcess
from tests.load.served import upstream


@pytest.fixture(scope="module")
def served() -> Iterator[UpstreamProcess]:
    with upstream() as running:
        yield running


def written(folder: Path, name: str, tables: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\n[session]\ntrust_env = false\n{tables}')
    return path


def shadows() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "surgeline-shadow"]


def test_a_policy_whose_calls_time_out_is_found_and_the_caller_does_not_notice(
    served: UpstreamProcess, tmp_path: Path
) -> None:
    old, new = written(tmp_path, "old"), written(tmp_path, "new", "[timeout]\nread_s = 0.001\n")
    with surgeline.shadow(old, new, 1.0) as session:
        until_s = monotonic() + 20
        while not surgeline.shadow_counts(session).differs:
            assert monotonic() < until_s
            assert session.get(served.url + "/delay/0.01").status_code == 200
        counts = surgeline.shadow_counts(session)
        assert counts.failed > 5
        assert counts.noise_different == 0
        assert list(counts.samples)[-1] in (["ReadTimeout"], ["ConnectionError"])


def test_responses_that_differ_by_themselves_are_noise(served: UpstreamProcess, tmp_path: Path) -> None:
    with surgeline.shadow(written(tmp_path, "old"), written(tmp_path, "new"), 1.0) as session:
        until_s = monotonic() + 20
        while surgeline.shadow_counts(session).noise < 20:
            assert monotonic() < until_s
            session.get(served.url + "/uuid")
        counts = surgeline.shadow_counts(session)
        assert counts.different > 10
        assert not counts.differs


def test_the_hooks_of_the_service_see_each_call_once_and_a_closed_session_has_no_threads(
    served: UpstreamProcess, tmp_path: Path
) -> None:
    seen: list[int] = []
    with surgeline.shadow(written(tmp_path, "old"), written(tmp_path, "new"), 1.0) as session:
        session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
        for _ in range(10):
            session.get(served.url + "/get")
    until_s = monotonic() + 10
    while shadows():
        assert monotonic() < until_s, "threads are left"
        sleep(0.02)
    counts = surgeline.shadow_counts(session)
    assert counts.compared + counts.noise == 10
    assert seen == [200] * 10


def test_a_session_that_is_dropped_takes_its_threads_along(served: UpstreamProcess, tmp_path: Path) -> None:
    session = surgeline.shadow(written(tmp_path, "old"), written(tmp_path, "new"), 1.0)
    session.get(served.url + "/get")
    del session
    until_s = monotonic() + 10
    while shadows():
        assert monotonic() < until_s, "threads are left"
        sleep(0.02)


def test_a_policy_that_corrupts_bodies_is_found_and_the_caller_gets_the_whole_one(
    served: UpstreamProcess, tmp_path: Path
) -> None:
    old, new = written(tmp_path, "old"), tmp_path / "new.toml"
    new.write_text(
        'name = "new"\nfactory = "tests.load.broken_sessions:corrupting"\n[session]\ntrust_env = false\n'
    )
    with surgeline.shadow(old, new, 1.0) as session:
        until_s = monotonic() + 20
        while not surgeline.shadow_counts(session).differs:
            assert monotonic() < until_s
            assert session.get(served.url + "/get").json()["url"] == served.url + "/get"
        counts = surgeline.shadow_counts(session)
        assert counts.noise_different == 0
        assert list(counts.samples)[-1] == ["body"]
