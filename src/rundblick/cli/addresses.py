"""Where desk and live process listen."""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from rundblick.cli.starting import CommandError
from rundblick.core.home import Settings

FIRST_PORT = 8000
PORTS = 100


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host)
        return f"http://{reachable or str(self).rsplit(':', 1)[0]}:{self.port}"


def parse(text: str, name: str) -> tuple[str, int | None]:
    """ "host:port", "host" or ":port" -> (host, port or None). Raises CommandError that names the setting."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "127.0.0.1", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.path:
        raise CommandError(f'{name} must look like 127.0.0.1:8000, not "{text}".')
    return host, port


def choose(settings: Settings, patience: float = 0.0) -> tuple[Address, Address]:
    """Addresses of desk and live process: as set, else the first free ports. Raises CommandError when taken.

    patience  seconds to wait for an address that was set and is taken: whoever has it may be about to end
    """
    host, port = parse(settings.address, "RUNDBLICK_ADDRESS")
    desk = _wanted(host, port, "RUNDBLICK_ADDRESS", patience) if port else _free(host, FIRST_PORT)
    live_host, live_port = parse(settings.live_address or host, "RUNDBLICK_LIVE_ADDRESS")
    if live_port:
        return desk, _wanted(live_host, live_port, "RUNDBLICK_LIVE_ADDRESS", patience)
    return desk, _free(live_host, desk.port + 1)


def _wanted(host: str, port: int, name: str, patience: float) -> Address:
    until = time.monotonic() + patience
    while not (free := is_free(host, port)) and time.monotonic() < until:
        time.sleep(0.2)
    if not free:
        raise CommandError(f"{host}:{port} is in use. End what runs there, or set {name} to another address.")
    return Address(host, port)


def _free(host: str, first: int) -> Address:
    for port in range(first, min(first + PORTS, 65536)):
        if is_free(host, port):
            return Address(host, port)
    raise CommandError(f"No port from {first} to {first + PORTS - 1} is free on {host}. Set RUNDBLICK_ADDRESS.")


def is_free(host: str, port: int) -> bool:
    """Whether we may listen there. Raises CommandError when the host is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Like the server itself: an address whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise CommandError(f"This machine has no address {host}: {error.strerror}.") from error
    return True
