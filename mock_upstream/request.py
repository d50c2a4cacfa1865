"""One request as it came in."""

from urllib.parse import parse_qsl, unquote

RawHeaders = list[tuple[bytes, bytes]]


class Request:
    """A parsed request. `headers` are (name, value) as sent; `path` is unquoted, `target` is as sent."""

    __slots__ = (
        "body", "headers", "http10", "keep_alive", "local", "method", "params", "path", "peer",
        "query", "secure", "target",
    )  # fmt: skip

    def __init__(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        raw_path, _, self.query = target.partition(b"?")
        self.path = raw_path.decode("latin-1")
        if "%" in self.path:
            self.path = unquote(self.path)
        self.params: tuple[str, ...] = ()
        self.keep_alive = True
        self.http10 = False
        self.secure = False
        self.peer = "127.0.0.1"
        self.local = "127.0.0.1"

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
        """Return the first query argument called `name`."""
        return next((value for key, value in self.arguments() if key == name), default)

    def url(self) -> str:
        """Return the absolute URL that was asked for."""
        scheme = "https" if self.secure else "http"
        target = self.target.decode("latin-1")
        if target.startswith("http"):
            return target
        return f"{scheme}://{self.header(b'host') or self.local}{target}"
