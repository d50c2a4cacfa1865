"""The response that a journey gets from a transport without requests: requests' own class, with the body read."""

from __future__ import annotations

from collections.abc import Mapping

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers


class WholeResponse(requests.Response):
    """A response whose body was read by another library. `received_bytes` counts the body before decoding."""

    def __init__(
        self, status: int, reason: str, url: str, headers: Mapping[str, str], body: bytes, received_bytes: int
    ) -> None:
        super().__init__()
        self.status_code, self.reason, self.url = status, reason, url
        self.headers = CaseInsensitiveDict(headers)
        self.encoding = get_encoding_from_headers(self.headers)
        self._content, self._content_consumed = body, True
        self.received_bytes = received_bytes

    def tell(self) -> int:
        """The bytes of the body as received, by the name that a call's trace asks for."""
        return self.received_bytes
