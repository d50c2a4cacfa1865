"""Valid and invalid certificates, issued by a new certificate authority."""

import datetime
import ssl
from pathlib import Path
from typing import Literal

import trustme

from mock_upstream.process.owned_folder import owned_folder

Kind = Literal["good", "expired", "untrusted", "wrong-host"]

_LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


class Authority:
    """A certificate authority that lives as long as the process; `path` is its certificate as PEM."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._authority = trustme.CA(organization_name="surgeline mock upstream")
        self._untrusted = trustme.CA(organization_name="untrusted authority")
        self._contexts: dict[Kind, ssl.SSLContext] = {}
        self._folder = owned_folder()
        self.path = Path(self._folder.name) / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.path))

    def context(self, kind: Kind) -> ssl.SSLContext:
        """Return a server context with a certificate of this kind."""
        if kind not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._leaf(kind).configure_cert(context)
            self._contexts[kind] = context
        return self._contexts[kind]

    def close(self) -> None:
        """Remove the file."""
        self._folder.cleanup()

    def _leaf(self, kind: Kind) -> trustme.LeafCert:
        if kind == "expired":
            return self._authority.issue_cert(self._host, "127.0.0.1", "::1", not_after=_LONG_AGO)
        if kind == "untrusted":
            return self._untrusted.issue_cert(self._host, "127.0.0.1", "::1")
        if kind == "wrong-host":
            return self._authority.issue_cert("elsewhere.example")
        return self._authority.issue_cert(self._host, "127.0.0.1", "::1")
