"""A call to an address that somebody typed in: https only, and not into the private network (SSRF).

The name is looked up once, every address it has is checked, and the connection goes to the address that was checked, so
that a name which leads elsewhere a moment later (DNS rebinding) gains nothing. No redirect is followed, and the answer
is read up to a limit.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from rundblick.core import home

MOST_BYTES = 1 << 20
TIMEOUT_S = 15.0


class AddressRefused(ValueError):
    """The address is not https, or leads where it must not."""


def post_form(url: str, fields: Mapping[str, str], context: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    """Send a form; gives status and body. Raises AddressRefused, and OSError or HTTPException when it fails.

    Hosts of the setting ``private_hosts`` may lie in the private network.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or 443
    except ValueError:
        raise AddressRefused(url) from None
    if parts.scheme != "https" or not host or parts.username:
        raise AddressRefused(url)
    address = checked_address(host, port)
    link = _Pinned(host, port, address, context or ssl.create_default_context())
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        link.request("POST", target, urlencode(fields).encode(), headers)
        answer = link.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    finally:
        link.close()


def checked_address(host: str, port: int) -> str:
    """An address of the host, when all of them may be called. Raises AddressRefused, OSError for an unknown name."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if host not in home.settings().private_hosts and not all(_is_public(one) for one in found):
        raise AddressRefused(host)
    return found[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(known, "ipv4_mapped", None) or known
    return bool(inner.is_global and not inner.is_multicast)


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked; the certificate has to be the name's."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), TIMEOUT_S)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
