"""A plan of runs: which policies under a scenario, with which seeds, how often; and the commands that make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import Written, read_scenario
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import MOST_SEED

MOST_RUNS = 60


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Runs to be made. Without seeds, the scenario's own is used; `overrides` are as in `--set`."""

    scenario: str
    policies: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    repetitions: int = 1
    overrides: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs it makes."""
        return len(self.policies) * max(1, len(self.seeds)) * self.repetitions

    def commands(self) -> list[list[str]]:
        """The arguments of each command in order: one `compare` for several policies, else one `run` for each seed."""
        settings = [word for one in self.overrides for word in ("--set", one)]
        policies = [word for one in self.policies for word in ("--policy", one)]
        seeds = [["--seed", str(seed)] for seed in self.seeds] or [[]]
        if len(self.policies) > 1:
            words = [word for seed in seeds for word in seed]
            once = [["compare", self.scenario, *policies, *words, *settings]]
        else:
            once = [["run", self.scenario, *policies, *seed, *settings] for seed in seeds]
        return once * self.repetitions

    def read(self) -> tuple[Written, list[Policy]]:
        """The scenario and the policies as they will be run. Raises ConfigError as the command line does."""
        overrides = read_overrides(self.overrides)
        if not self.policies:
            raise ConfigError("policy", "", "is missing; choose one or more policies")
        written = read_scenario(self.scenario, overrides)
        policies = [read_policy(name, overrides) for name in self.policies]
        names = [policy.name for policy in policies]
        if len(set(names)) < len(names):
            raise ConfigError("policy", ", ".join(names), "must be policies with different names")
        if self.runs > MOST_RUNS:
            raise ConfigError("plan", str(self.runs), f"has too many runs; at most {MOST_RUNS} are possible")
        return written, policies


def fitting_policies(scenario: str, names: Sequence[str]) -> list[str]:
    """The policies that the scenario may be run with: only one with a service of the team's own can leave it as it is.

    Raises ConfigError for a file that cannot be read.
    """
    own = bool(read_scenario(scenario).scenario.service.command)
    return [name for name in names if own or not read_policy(name).as_is]


def seeds_of(text: str) -> tuple[int, ...]:
    """Seeds in a text such as `7, 8 9` or `1-5`, each once. Raises ConfigError."""
    found: dict[int, None] = {}
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        ends = [first, last] if dash else [first]
        if not all(
            end.isascii() and end.isdigit() and len(end) < 20 and int(end) <= MOST_SEED for end in ends
        ):
            raise ConfigError("seeds", word[:40], f"must be numbers of 0 to {MOST_SEED}, such as 7, 8 or 1-5")
        if int(ends[-1]) - int(first) >= MOST_RUNS:
            raise ConfigError("seeds", word[:40], f"has too many seeds; at most {MOST_RUNS} are possible")
        found |= dict.fromkeys(range(int(first), int(ends[-1]) + 1))
    return tuple(found)


def changed_settings(plan: RunPlan) -> list[tuple[str, str, object, object]]:
    """What the overrides change: the file's kind and name, the key, the value in the file, the value in the plan.

    Raises ConfigError.
    """
    before, after = RunPlan(plan.scenario, plan.policies).read(), plan.read()
    pairs: list[tuple[str, object, object]] = [
        (f"scenario {plan.scenario}", before[0].scenario, after[0].scenario),
        (f"upstream {after[0].upstream.name}", before[0].upstream, after[0].upstream),
        *((f"policy {a.name}", a, b) for a, b in zip(before[1], after[1], strict=True)),
    ]
    return [(of, *change) for of, a, b in pairs for change in _changes(a, b)]


def _changes(before: object, after: object) -> Iterable[tuple[str, object, object]]:
    a, b = dict(_flat("", before)), dict(_flat("", after))
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield key, a.get(key), b.get(key)


def _flat(key: str, value: object) -> Iterable[tuple[str, object]]:
    """The values of a model by their dotted keys, as `--set` names them."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    tables: Sequence[tuple[object, object]] = ()
    if isinstance(value, dict) and value:
        tables = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        tables = list(enumerate(value))
    if not tables:
        yield key, value
    for name, item in tables:
        yield from _flat(f"{key}.{name}" if key else str(name), item)
