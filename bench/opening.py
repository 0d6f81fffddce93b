"""Opening pages through a WSGI application, and what that costs. Standard library only: peers use it too."""

from __future__ import annotations

import io
import math
import re
import statistics
import time
from collections.abc import Callable, Iterable
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from wsgiref.util import setup_testing_defaults

from bench.cpu import cpu_seconds

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
WARM_UP = 20


class Browser:
    """Keeps cookies and asks the application as a server does; an answer that is no page stops the bench."""

    def __init__(self, application: Application, host: str) -> None:
        self.application, self.host = application, host
        self.cookies: dict[str, str] = {}

    def open(self, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> str:
        """The text at ``path``. Follows no redirection: a page of 3xx is ""."""
        parts = urlsplit(path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST" if body else "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "HTTP_HOST": self.host,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "HTTP_ACCEPT_LANGUAGE": "de",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **(headers or {}),
        }
        setup_testing_defaults(environ)
        status = ""

        def start(told: str, answered: list[tuple[str, str]], _failure: Any = None) -> None:
            nonlocal status
            status = told
            for name, value in answered:
                if name.lower() == "set-cookie":
                    for cookie in SimpleCookie(value).values():
                        self.cookies[cookie.key] = cookie.value

        answer = self.application(environ, start)
        try:
            text = b"".join(answer).decode("utf-8", "replace")
        finally:
            getattr(answer, "close", lambda: None)()
        if status[:1] not in ("2", "3"):
            raise SystemExit(f"{path} answers {status}: {text[:500]}")
        return "" if status.startswith("3") else text

    def send(self, path: str, fields: dict[str, str], page: str) -> None:
        """Sends the form of a page, which must lead on to another one."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""}).encode()
        if self.open(path, body, {"CONTENT_TYPE": "application/x-www-form-urlencoded"}):
            raise SystemExit(f"{path} did not take the form")

    @staticmethod
    def link(page: str, mark: str) -> str:
        """Where the link with ``mark`` in its tag leads."""
        tag = next((tag for tag in re.findall(r"<a [^>]*>", page) if mark in tag), "")
        found = re.search(r'href="([^"]+)"', tag)
        if found is None:
            raise SystemExit(f"the page has no link with {mark}")
        return urljoin("/", unescape(found[1]))


def opened(
    browser: Browser, path: str, requests: int, postmaster: int, rows: Callable[[str], int]
) -> dict[str, float | int]:
    """What one opening costs, in milliseconds: wall (median, 95th percentile), CPU of Python and of the database.

    ``rows`` counts the cases on a page: a page that shows none is no measure of a list.
    """
    text = browser.open(path)
    if not rows(text):
        raise SystemExit(f"{path} shows no case")
    for _each in range(WARM_UP):
        browser.open(path)
    walls = []
    python, database = time.process_time(), cpu_seconds(postmaster)
    for _each in range(requests):
        begun = time.perf_counter()
        browser.open(path)
        walls.append((time.perf_counter() - begun) * 1000)
    each = 1000 / requests
    python_ms = (time.process_time() - python) * each
    database_ms = (cpu_seconds(postmaster) - database) * each
    walls.sort()
    return {
        "rows": rows(text),
        "kilobytes": round(len(text.encode()) / 1000),
        "wall_ms": round(statistics.median(walls), 2),
        "wall_p95_ms": round(walls[math.ceil(0.95 * requests) - 1], 2),
        "cpu_ms": round(python_ms + database_ms, 2),
        "python_ms": round(python_ms, 2),
        "postgres_ms": round(database_ms, 2),
    }
