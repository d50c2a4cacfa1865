"""Trials of mutants: which unit tests run which lines, and what these tests say of a mutant.

A trial is a fork of a process that has loaded the third-party libraries, and nothing of surgeline. It loads the mutated
module in place of the file's, and runs the tests that cover the changed lines until one fails.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import entry_points
from importlib.util import spec_from_file_location
from itertools import accumulate
from pathlib import Path
from time import process_time
from types import CodeType
from typing import Any, Literal

import grimp
import pytest

from benchmarks.mutations import Mutant, mutated

ROOT = Path(__file__).parents[1]
TESTS = "tests/unit"
MOST_S = 10.0
LEAST_S, TIMES, WAITING = 15.0, 5.0, 10.0
"""A trial may use so many seconds of the processor, and so many times what its tests use otherwise; then it counts as
killed. By the clock it may take `WAITING` times as long, which only tests that wait for ever reach.
"""
Verdict = Literal["killed", "timeout", "survived", "not covered"]
_LIBRARIES = ("altair", "gevent", "httpx", "hypothesis", "pandas", "scipy.stats")
_LOADED = ("surgeline", "harness.analyse", "harness.assess", "harness.lab", "harness.model", "harness.observe",
           "harness.range_search", "harness.record", "harness.session", "mock_upstream.config")  # fmt: skip
_PROGRAMS = ("__main__", "sitecustomize")
"""Modules that Python runs, as programs or as it starts; nothing imports them."""
_NOT_LOADED = 71
_CLOCKS = (signal.SIGPROF, signal.SIGALRM)
_graph: grimp.ImportGraph
_QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-o", "timeout=0", "-o", "addopts=")


@dataclass
class Coverage:
    """The tests by file and line, and the seconds of the processor that each uses; line 0 has every test of the file.

    A mutant that only tests beyond the first `MOST_S` seconds would kill counts as a survivor.
    """

    tests: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutant's lines; where only imports run them, those of its file or its test file.

        Those of the module's own test file come first, and then the fastest.
        """
        lines = self.tests.get(mutant.file, {})
        found = {test for line in range(mutant.lines[0], mutant.lines[1] + 1) for test in lines.get(line, ())}
        folder, _, name = mutant.file.rpartition("/")
        own = f"{TESTS}/{folder}/test_{name}"
        if not found and mutant.lines[0] in lines:
            found = {*lines.get(0, ()), *(test for test in self.seconds if _file(test) == own)}
        chosen = sorted(found, key=lambda test: (_file(test) != own, self.seconds.get(test, 0.0), test))
        seconds = accumulate(self.seconds.get(test, 0.0) for test in chosen)
        return [test for test, total_s in zip(chosen, seconds, strict=True) if total_s <= MOST_S]

    def outdated(self, before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
        """The files whose state has changed, and the test files that ran one of them."""
        changed = {file for file in before.keys() | now.keys() if before.get(file) != now.get(file)}
        return changed | {_file(test) for file in changed for test in self.tests.get(file, {}).get(0, ())}

    def without(self, changed: set[str]) -> Coverage:
        """The coverage by the tests of all other test files."""
        tests = {
            file: {
                line: [test for test in found if _file(test) not in changed] for line, found in lines.items()
            }
            for file, lines in self.tests.items()
        }
        return Coverage(tests, {test: s for test, s in self.seconds.items() if _file(test) not in changed})

    def with_(self, other: Coverage) -> Coverage:
        """The coverage by the tests of both."""
        found = Coverage(
            {file: dict(lines) for file, lines in self.tests.items()}, self.seconds | other.seconds
        )
        for file, lines in other.tests.items():
            for line, tests in lines.items():
                found.tests.setdefault(file, {})[line] = found.tests.get(file, {}).get(line, []) + tests
        return found

    def limit_s(self, tests: Sequence[str]) -> float:
        """How much time of the processor a trial with these tests may use."""
        return LEAST_S + TIMES * sum(self.seconds.get(test, 0.0) for test in tests)


def _file(test: str) -> str:
    return test.partition("::")[0]


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def prepare() -> None:
    """Loads what every trial needs: libraries, plugins of pytest, and surgeline itself."""
    global _graph  # noqa: PLW0603
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")  # As the tests of the driver do.
        importlib.import_module("locust.env")
    _graph = grimp.build_graph("surgeline", "dashboard", "harness", "mock_upstream", cache_dir=None)
    for name in (*_LIBRARIES, *loaded(_graph.modules)):
        importlib.import_module(name)
    for plugin in entry_points(group="pytest11"):
        plugin.load()


def loaded(modules: Iterable[str]) -> list[str]:
    """Which of these modules each trial needs, in the order in which they are imported."""
    return sorted(
        name for name in modules if name.startswith(_LOADED) and name.rpartition(".")[2] not in _PROGRAMS
    )


def _unload(module: str) -> None:
    """Forgets a module and all that import it, so that they are loaded anew, with the mutant."""
    for name in {module, *_graph.find_downstream_modules(module)} & sys.modules.keys():
        package, _, attribute = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(attribute, None)
        del sys.modules[name]


def measured(files: Sequence[str], test_files: Sequence[str]) -> tuple[Coverage, list[str]]:
    """Runs these unit tests on the files as they are. A test that fails covers nothing, and is named.

    Raises RuntimeError where the tests cannot be run at all.
    """
    import coverage

    tracer = coverage.Coverage(data_file=None, include=[str(ROOT / file) for file in files])
    plugin = _Contexts(tracer)
    tracer.start()
    code = pytest.main([*test_files, "-p", "no:cacheprovider", "-q", "-o", "timeout=0"], plugins=[plugin])
    tracer.stop()
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}:
        raise RuntimeError(f"the unit tests cannot be run; repair them first: {' '.join(test_files)}")
    found, data = Coverage(), tracer.get_data()
    found.seconds = {test: s for test, s in plugin.seconds.items() if test not in plugin.failed}
    for file in files:
        lines = data.contexts_by_lineno(str(ROOT / file))
        named = {line: sorted(found.seconds.keys() & tests) for line, tests in lines.items()}
        found.tests[file] = {**named, 0: sorted({test for tests in named.values() for test in tests})}
    return found, sorted(plugin.failed)


def tried(mutant: Mutant | None, tests: Sequence[str], limit_s: float) -> tuple[Verdict, str]:
    """What the tests say of the mutant, and the test that killed it; without a mutant, of the files as they are."""
    if not tests:
        return "not covered", ""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(mutant, tests, limit_s, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        killer = pipe.read().partition("\n")[0]
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NOT_LOADED:
        raise RuntimeError(f"no test has loaded the mutated module: {mutant}")
    if os.WIFSIGNALED(status):
        return ("timeout" if os.WTERMSIG(status) in _CLOCKS else "killed"), killer
    return ("killed" if os.WEXITSTATUS(status) else "survived"), killer


def _child(mutant: Mutant | None, tests: Sequence[str], limit_s: float, writing: int) -> None:
    """Runs the tests and ends this process; its exit code is pytest's."""
    code = 70
    try:
        mutated_module = None if mutant is None else _Mutated(mutant)
        for ending in _CLOCKS:
            signal.signal(ending, signal.SIG_DFL)
        for clock, seconds in ((signal.ITIMER_PROF, limit_s), (signal.ITIMER_REAL, WAITING * limit_s)):
            signal.setitimer(clock, seconds)
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        if mutated_module is not None:
            sys.meta_path.insert(0, mutated_module)
        _unload("harness.model.call" if mutant is None else _module(mutant.file))
        with tempfile.TemporaryDirectory() as folder:
            arguments = [*_QUIET, f"--basetemp={folder}/t", *tests]
            code = int(pytest.main(arguments, plugins=[_Killer(writing)]))
        if mutated_module is not None and not mutated_module.loaded:
            code = _NOT_LOADED
    finally:
        os._exit(code)


class _Loader(SourceFileLoader):
    code: CodeType

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        return self.code


class _Mutated:
    """Finds the mutated module before its file is found."""

    def __init__(self, mutant: Mutant) -> None:
        self._path = str(ROOT / mutant.file)
        self._name = _module(mutant.file)
        tree = mutated(Path(self._path).read_text(encoding="utf-8"), mutant.number)
        self._code = compile(tree, self._path, "exec")
        self.loaded = False

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self._name:
            return None
        self.loaded = True
        loader = _Loader(name, self._path)
        loader.code = self._code
        return spec_from_file_location(name, self._path, loader=loader)


class _Killer:
    """Writes the first test that fails."""

    def __init__(self, writing: int) -> None:
        self._writing = writing

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            os.write(self._writing, f"{report.nodeid}\n".encode())


class _Contexts:
    """Names the running test to the tracer, and notes how much time of the processor it uses, and whether it fails."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._tracer.switch_context(item.nodeid)
        began_s = process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = process_time() - began_s
            self._tracer.switch_context("")
