"""What a Session of the service is set to, as it is noted once."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.session.service.settings_notes import SessionSettingsNotes, settings_text


class Notes(list[str]):
    """Keeps the notes."""

    def note(self, name: str, detail: str) -> None:
        """Keeps one."""
        self.append(f"{name}: {detail}")


class Silent(HTTPAdapter):
    """Sends nothing."""

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        """An empty response."""
        response = requests.Response()
        response.status_code = 200
        response._content, response.request, response.url = b"", request, request.url or ""
        return response


def prepared() -> requests.PreparedRequest:
    """A request."""
    return requests.Request("GET", "http://a.example/").prepare()


def test_the_settings_of_a_session_are_named_with_their_values() -> None:
    session = requests.Session()
    retries = Retry(total=3, status_forcelist=[503])
    session.mount("http://", HTTPAdapter(pool_maxsize=5, max_retries=retries))
    assert settings_text(session, prepared(), {"timeout": (1, None)}) == (
        "adapter HTTPAdapter, pool_connections 10, pool_maxsize 5, pool_block false, "
        "retries 3, of status codes [503], connect timeout 1 s, read timeout none"
    )


def test_one_line_of_code_is_noted_once_however_many_sessions_it_makes() -> None:
    notes = Notes()
    watch = SessionSettingsNotes(notes)
    for _ in range(3):
        session = requests.Session()
        session.mount("http://", Silent())
        watch.watch(session)
        session.get("http://a.example/")
    assert len(notes) == 1
    assert notes[0].startswith("session read back: test_settings_notes.py:")
