"""Somebody who is signed in and opens pages over HTTP, alone or with others at once. Standard library only."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import math
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

Figures = dict[str, float | int]


class PageError(Exception):
    """A page was not there; the bench stops, since what is no page costs nothing."""


class Visitor:
    """One browser: its cookies, and one connection that stays open."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}
        self.connection: http.client.HTTPConnection | None = None

    def open(self, path: str, fields: dict[str, str] | None = None, timeout: float = 120) -> str:
        """The page, redirections followed as a browser does. Raises PageError unless it is one."""
        for _hop in range(5):
            status, headers, text = self._ask(path, fields, timeout)
            if status in (301, 302, 303, 307):
                path, fields = urljoin(path, headers.get("location", "")), None
                parts = urlsplit(path)
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                continue
            if status != 200:
                raise PageError(f"{path} answers {status}: {re.sub(r'<[^>]*>', ' ', text)[:300]}")
            return text
        raise PageError(f"{path} leads from one page to the next")

    def _ask(
        self, path: str, fields: dict[str, str] | None, timeout: float
    ) -> tuple[int, http.client.HTTPMessage, str]:
        body = urlencode(fields).encode() if fields is not None else None
        told = {
            "Host": f"{self.host}:{self.port}",
            "Accept": "text/html",
            "Accept-Language": "de",
            "Accept-Encoding": "gzip",
            "Referer": f"http://{self.host}:{self.port}/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            told["Content-Type"] = "application/x-www-form-urlencoded"
        for again in (True, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
            try:
                self.connection.request("POST" if body is not None else "GET", path, body, told)
                answer = self.connection.getresponse()
                data = answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection = None  # a server may end a connection that rested
                if again:
                    continue
                raise
            break
        if answer.headers.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        if answer.headers.get("connection", "").lower() == "close" or answer.version == 10:
            self.connection.close()
            self.connection = None
        for value in answer.headers.get_all("set-cookie") or ():
            for cookie in SimpleCookie(value).values():
                self.cookies[cookie.key] = cookie.value
        return answer.status, answer.headers, data.decode("utf-8", "replace")

    def sign_in(self, path: str, fields: dict[str, str], to: str = "") -> None:
        """Fill in the form of a page that asks who comes, and send it ``to``. Raises PageError when it asks again."""
        page = self.open(path)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        self.open(to or path, {**hidden, **fields})
        if 'type="password"' in self.open("/"):
            raise PageError(f"{path} does not let {next(iter(fields.values()))} in")


def wait_for(port: int, seconds: float = 90) -> None:
    """Until something listens there."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
            return
        if time.monotonic() > until:
            raise PageError(f"nothing listens on port {port}")
        time.sleep(0.3)


def link(page: str, mark: str) -> str:
    """Where the first link with ``mark`` in its tag leads; "" when there is none."""
    for tag in re.findall(r"<a [^>]*>", page):
        if mark in tag and (found := re.search(r'href="([^"]+)"', tag)):
            return unescape(found[1])
    return ""


def opened(
    visitors: Sequence[Visitor],
    paths: Iterator[str],
    each: int,
    holds: str = "",
    cpu: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0),
    most_s: float = 40.0,
) -> Figures:
    """Each visitor opens ``each`` pages, one after another without a pause; what one opening took, in milliseconds.

    ``holds`` stands in every page, else it is none. ``cpu`` tells the CPU seconds of (program, database) so far. After
    ``most_s`` seconds nobody begins another one. Before it every visitor opens one that is not counted.
    """
    lock, took, failed = threading.Lock(), [], []

    def some(visitor: Visitor) -> None:
        try:
            for _ in range(each):
                with lock:
                    path = next(paths)
                began = time.perf_counter()
                text = visitor.open(path)
                took.append((time.perf_counter() - began) * 1000)
                if holds and holds not in text:
                    raise PageError(f"{path} does not hold {holds!r}")
                if time.perf_counter() > until:
                    break
        except Exception as error:
            failed.append(error)

    for visitor in visitors:
        visitor.open(next(paths))
    before, begun = cpu(), time.perf_counter()
    until = begun + most_s
    threads = [threading.Thread(target=some, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    after, wall = cpu(), time.perf_counter() - begun
    figures: Figures = {
        "n": len(took),
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(p95(took), 1),
        "max_ms": round(max(took), 1),
        "per_s": round(len(took) / wall, 1),
    }
    if after != (0.0, 0.0):
        figures["program_cpu_ms"] = round((after[0] - before[0]) / len(took) * 1000, 2)
        figures["database_cpu_ms"] = round((after[1] - before[1]) / len(took) * 1000, 2)
    return figures


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
