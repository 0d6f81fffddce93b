"""A provider of mailboxes on 127.0.0.1: people allow access there, and it gives tokens and tells a mail server whose
they are. It keeps to the letter of RFC 6749 and RFC 7636, so that whatever a test forgets it refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.channels.dovecot import certificate

CLIENT, SECRET = "client", "client secret"


@dataclass
class Provider:
    """``asked``: every form that the token server got; ``good``: tokens that open the mailbox of ``user``.

    registered  redirect addresses of the client; any while it is empty
    denies      what people answer: "" for yes, else an error code of RFC 6749, 4.1.2.1
    refuses     what the token server answers: "" for tokens, else an error code of RFC 6749, 5.2
    lasting     whether a permission comes with a refresh token
    rotates     each use of a refresh token gives another one, and the old one is worth nothing (RFC 9700, 4.14.2)
    """

    asked: list[dict[str, str]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=lambda: {"refresh-0"})
    registered: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    denies: str = ""
    refuses: str = ""
    lasting: bool = True
    rotates: bool = False
    user: str = ""
    authority: str = ""
    base: str = ""
    check: str = ""
    serial: int = 0

    @property
    def token_url(self) -> str:
        return f"{self.base}/token"

    @property
    def authorize_url(self) -> str:
        return f"{self.base}/authorize"

    def again(self) -> None:
        """As at the beginning, for the next test."""
        fresh = Provider(authority=self.authority, base=self.base, check=self.check, serial=self.serial)
        self.__dict__.update(fresh.__dict__)

    def allow(self, address: str) -> str:
        """What a browser does at the provider: somebody answers, and is sent to the address given back."""
        status, headers, body = self.page(dict(parse_qsl(urlsplit(address).query, keep_blank_values=True)))
        assert status == 302, body
        return headers["Location"]

    # --- what the servers answer -------------------------------------------------------------------------------------

    def page(self, given: dict[str, str]) -> tuple[int, dict[str, str], str]:
        """The page on which access is allowed."""
        self.seen.append(given)
        wrong = [
            given.get("response_type") != "code",
            given.get("client_id") != CLIENT,
            given.get("code_challenge_method") != "S256",
            len(given.get("code_challenge", "")) != 43,
            len(given.get("state", "")) < 22,
            bool(self.registered) and given.get("redirect_uri") not in self.registered,
        ]
        if any(wrong):  # never sent back to an address that is not registered (RFC 6749, 4.1.2.1)
            return 400, {}, f"redirect_uri_mismatch or worse: {wrong}"
        back = {"state": given["state"]}
        if self.denies:
            back |= {"error": self.denies, "error_description": "The resource owner said <b>no</b>"}
        else:
            self.serial += 1
            back["code"] = f"code-{self.serial}"
            self.codes[back["code"]] = given
        return 302, {"Location": f"{given['redirect_uri']}?{urlencode(back)}"}, ""

    def tokens(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The token endpoint."""
        self.asked.append(given)
        if self.refuses:
            return 400, {"error": self.refuses, "error_description": "The consent was taken back"}
        if given.get("client_id") != CLIENT or given.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        grant = given.get("grant_type")
        if grant == "authorization_code":
            question = self.codes.pop(given.get("code", ""), None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
            if (
                question is None
                or question["redirect_uri"] != given.get("redirect_uri")
                or question["code_challenge"] != proof.rstrip(b"=").decode()
            ):
                return 400, {"error": "invalid_grant", "error_description": "Bad code"}
        elif grant == "refresh_token":
            if given.get("refresh_token") not in self.refresh:
                return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked"}
        elif grant != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        self.serial += 1
        token = f"token-{self.serial}"
        self.good.add(token)
        told: dict[str, Any] = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        if (grant == "authorization_code" and self.lasting) or (grant == "refresh_token" and self.rotates):
            if self.rotates:
                self.refresh.clear()
            told["refresh_token"] = f"refresh-{self.serial}"
            self.refresh.add(told["refresh_token"])
        return 200, told


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """Runs until left; its certificate lies in the folder, which other users may read."""
    folder.chmod(0o755)
    made = Provider(authority=certificate(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, told = made.tokens(dict(parse_qsl(form)))
            self._say(status, json.dumps(told), {"Content-Type": "application/json"})

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            given = dict(parse_qsl(parts.query, keep_blank_values=True))
            if parts.path == "/check":
                good = given.get("token") in made.good
                told = {"username": made.user} if good else {"error": "invalid_token"}
                self._say(200 if good else 401, json.dumps(told), {"Content-Type": "application/json"})
            elif parts.path == "/authorize":
                status, headers, body = made.page(given)
                self._say(status, body, headers)
            else:
                self._say(404, "", {})

        def _say(self, status: int, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body.encode()))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    servers[0].socket = context.wrap_socket(servers[0].socket, server_side=True)
    made.base = f"https://127.0.0.1:{servers[0].server_port}"
    made.check = f"http://127.0.0.1:{servers[1].server_port}/check?token="
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        for one in servers:
            one.shutdown()
            one.server_close()
