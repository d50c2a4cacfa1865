"""One request as it was received."""

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

RawHeaders = list[tuple[bytes, bytes]]


class Place(NamedTuple):
    """Where a request was received: the client's host, the upstream's host:port, and whether it was encrypted."""

    peer: str
    local: str
    secure: bool


_FORWARDED_LENGTHS = {len(b"x-forwarded-proto"), len(b"x-forwarded-protocol"), len(b"x-forwarded-ssl")}
_ODD = frozenset({"HEAD", "OPTIONS"})
NOWHERE = Place("127.0.0.1", "127.0.0.1", False)


class Request:
    """A parsed request. `headers` are (name, value) as sent; `path` is unquoted, `target` is as sent."""

    __slots__ = (
        "body", "headers", "http10", "keep_alive", "method", "odd", "params", "path", "place", "query", "target",
    )  # fmt: skip

    def __init__(
        self, method: str, target: bytes, headers: RawHeaders, body: bytes, place: Place = NOWHERE
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        raw_path, _, self.query = target.partition(b"?")
        self.path = raw_path.decode("latin-1")
        if "%" in self.path:
            self.path = unquote(self.path)
        self.params: tuple[str, ...] = ()
        self.place = place
        self.keep_alive = True
        self.http10 = False
        self.odd = method in _ODD
        """Whether its response needs special treatment."""

    def header(self, name: bytes) -> str | None:
        """Return the first value of the header with the lower-case `name`, or None."""
        for sent, value in self.headers:
            if len(sent) == len(name) and sent.lower() == name:
                return value.decode("latin-1")
        return None

    def arguments(self) -> list[tuple[str, str]]:
        """Return the query's (name, value) pairs, in order, blanks kept."""
        if not self.query:
            return []
        return parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)

    def argument(self, name: str, default: str) -> str:
        """Return the first query argument named `name`."""
        return next((value for key, value in self.arguments() if key == name), default)

    def url(self) -> str:
        """Return the absolute URL that was requested, with the scheme that a proxy in front has named."""
        target = self.target.decode("latin-1")
        url = target if target.startswith("http") else self.base() + target
        scheme = self._forwarded_scheme()
        return f"{scheme}:{url.partition(':')[2]}" if scheme else url

    def base(self) -> str:
        """Return scheme and host as the client sent them."""
        scheme = "https" if self.place.secure else "http"
        return f"{scheme}://{self.header(b'host') or self.place.local}"

    def _forwarded_scheme(self) -> str:
        """Return the scheme in a header of a proxy; "" without one."""
        named = {
            name.lower(): value.decode("latin-1")
            for name, value in self.headers
            if len(name) in _FORWARDED_LENGTHS
        }
        if not named:
            return ""
        scheme = named.get(b"x-forwarded-proto") or named.get(b"x-forwarded-protocol")
        return scheme or ("https" if named.get(b"x-forwarded-ssl") == "on" else "")


def identity_of(headers: RawHeaders) -> tuple[str, int]:
    """Return (key, attempt) from the client's headers; ("", 0) without them."""
    key, attempt = "", 0
    for name, value in headers:
        size = len(name)
        if size == 15 and name.lower() == b"x-surgeline-key":
            key = value.decode("latin-1")[:128]
        elif size == 19 and name.lower() == b"x-surgeline-attempt" and value.isdigit():
            attempt = int(value[:9])
    return key, attempt
