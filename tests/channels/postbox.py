"""A real SMTP server on 127.0.0.1 for tests: it keeps what it takes, and refuses whom it is told to refuse."""

from __future__ import annotations

import base64
import email
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Letterbox:
    """What a server took. ``refuses``: {address: answer}; ``answer`` to the data, "" for yes."""

    refuses: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    taken: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    tokens: Callable[[str, str], bool] | None = None  # whether a token opens an account (user, token): XOAUTH2
    implicit: bool = False
    sworn: list[tuple[str, bool, bool]] = field(default_factory=list)  # (token, taken, encrypted)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, as a program of today reads them."""
        return [email.message_from_bytes(raw, policy=POLICY) for _path, _to, raw in self.taken]  # type: ignore[misc]

    # --- what aiosmtpd calls -----------------------------------------------------------------------------------------

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]) -> Any:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer:
            return self.answer
        content = envelope.original_content or envelope.content
        self.taken.append((envelope.mail_from, tuple(envelope.rcpt_tos), bytes(content)))
        return "250 2.0.0 taken as 4711"

    async def auth_XOAUTH2(self, server: Any, arguments: list[str]) -> AuthResult:
        """As Google and Microsoft describe it: a refusal is a challenge with JSON, which wants an empty answer."""
        text = base64.b64decode(arguments[1]).decode()
        found = re.fullmatch("user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01", text)
        assert found is not None, text
        taken = self.tokens is not None and self.tokens(*found.groups())
        self.sworn.append((found.group(2), taken, server.session.ssl is not None or self.implicit))
        if taken:
            return AuthResult(success=True)
        answer = await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        assert answer == b"", answer
        return AuthResult(success=False, handled=False)

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def a_server(
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    box: Letterbox | None = None,
    implicit: ssl.SSLContext | None = None,
    **settings: Any,
) -> Iterator[Letterbox]:
    """Runs until left. ``tls`` is offered as STARTTLS, ``implicit`` is spoken from the first byte on; ``settings`` go
    to aiosmtpd."""
    box = box or Letterbox()
    box.implicit = implicit is not None
    controller = _Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        server_hostname="post.muster.example",
        authenticator=box.authenticate,
        auth_require_tls=False,
        auth_exclude_mechanism=["LOGIN"],
        tls_context=tls,
        ssl_context=implicit,
        **settings,
    )
    controller.start()
    box.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    """On a free port; the library asks the port that it was given whether the server runs, which 0 is not."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
