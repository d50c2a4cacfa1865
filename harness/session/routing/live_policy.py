"""The policy of a running service: one Session, whose policy can be replaced between two calls."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from harness.model.policy import Policy
from harness.session.build.session import session_maker
from harness.session.reload_counts import RELOADS
from harness.session.routing.arm import Arm
from harness.session.routing.audit_log import write_audit
from harness.session.routing.policy_file import PolicyVersion, changes, signature
from harness.session.routing.router import CallRouter, Through
from harness.session.routing.session_settings import take_settings

Read = Callable[[], PolicyVersion]
LOG = logging.getLogger("surgeline")


class LivePolicy:
    """Routes a Session through the newest version of its policy. Safe for several threads, and after a fork.

    With `read` and `path` the file is looked at once in `every_s`, at the beginning of a call, and taken by a thread
    of its own: no call waits for it. A file that cannot be used changes nothing: one line in the log `surgeline`,
    and it is counted. Calls that are under way end with the old policy, whose connections are closed after the last.
    """

    def __init__(
        self, version: PolicyVersion, read: Read | None = None, path: Path | None = None,
        every_s: float = 1.0, audit: Path | None = None,
    ) -> None:  # fmt: skip
        """Raises ConfigError when the policy cannot be used."""
        self.version, self.arm = version, Arm(version.policy)
        self._read, self._path, self._every_s, self._audit = read, path, every_s, audit
        self._seen, self._next_s = self._signature(), time.monotonic() + every_s
        self._taking = threading.Lock()
        self._session: Callable[[], requests.Session | None] = lambda: None

    def make_session(self) -> requests.Session:
        """The Session that this policy sends for; it keeps the policy alive, and not the other way round."""
        session = session_maker(self.version.policy)()
        CallRouter(session, self)
        session.__dict__["_surgeline_policy"], self._session = self, weakref.ref(session)
        return session

    def call(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], through: Through
    ) -> requests.Response:
        """Sends one call by the newest version of the policy."""
        del request
        if self._read is not None and time.monotonic() >= self._next_s:
            self._look()
        return through(self.arm, kwargs)

    def close(self) -> None:
        """Closes the connections that no call uses; a later call opens new ones, as with any Session."""
        self.arm.close()

    def _look(self) -> None:
        self._next_s = time.monotonic() + self._every_s
        if self._signature() != self._seen and self._taking.acquire(blocking=False):
            threading.Thread(target=self._take, name="surgeline-policy", daemon=True).start()

    def _take(self) -> None:
        try:
            self._seen = self._signature()
            version = self._read() if self._read is not None else self.version
            if version.digest != self.version.digest:
                self.replace(version)
        except Exception as error:
            # A factory of the team's own may raise anything, on several lines; no call must suffer from it.
            RELOADS.refused += 1
            reason = " ".join(str(error).split())
            LOG.warning("The changed policy cannot be used, and the old one stays: %s", reason)
        finally:
            self._taking.release()

    def replace(self, version: PolicyVersion) -> None:
        """Sends every further call by this version. Raises ConfigError when it cannot be used."""
        before = self.version
        changed = changes(before.policy, version.policy)
        if not self.arm.retune(version.policy, changed):
            self._exchange(Arm(version.policy))
        self.version = version
        RELOADS.taken += 1
        self._report(before, version, changed)

    def _exchange(self, coming: Arm) -> None:
        leaving, session = self.arm, self._session()
        if session is not None:
            take_settings(session, leaving.template, coming.template)
        self.arm = coming
        leaving.retire()

    def _report(
        self, before: PolicyVersion, after: PolicyVersion, changed: Mapping[str, list[object]]
    ) -> None:
        LOG.info(
            "The policy %s was changed: %s",
            after.policy.name,
            ", ".join(changed) or "nothing that has effect",
        )
        write_audit(
            self._audit, policy=after.policy.name, file=str(self._path), before=before.digest,
            after=after.digest, changes=dict(changed),
        )  # fmt: skip

    def _signature(self) -> tuple[int, int, int] | None:
        return signature(self._path) if self._path is not None else None

    def renew(self) -> None:
        """In a forked child: new connections, guards and locks."""
        self._taking = threading.Lock()
        leaving, self.arm = self.arm, Arm(self.version.policy)
        leaving.abandon()


def policy_of(session: requests.Session) -> Policy | None:
    """The policy by which a Session of `surgeline.session` sends its next call; None for another Session."""
    live: LivePolicy | None = session.__dict__.get("_surgeline_policy")
    return live.version.policy if live is not None else None
