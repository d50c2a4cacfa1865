"""Runs a function when a module has been imported, without importing it: the service decides what it loads."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Action = Callable[[Any], None]


class AfterImport(MetaPathFinder):
    """Finds the modules of `actions` as without it; each action gets its module once, after it was executed."""

    def __init__(self, actions: dict[str, Action]) -> None:
        self._actions = dict(actions)

    def install(self) -> None:
        """Acts at once on modules that are imported already, and on the others when they are."""
        for name in [name for name in self._actions if name in sys.modules]:
            self._actions.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Called by Python for every module that is imported."""
        del path, target
        action = self._actions.pop(fullname, None)
        if action is None:
            return None
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            self._actions[fullname] = action  # It may be found later, when the path has changed.
            return None
        spec.loader = _ThenLoader(spec.loader, action)
        return spec


class _ThenLoader(Loader):
    """A module's own loader, followed by the action."""

    def __init__(self, loader: Loader, action: Action) -> None:
        self._loader, self._action = loader, action

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._action(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
