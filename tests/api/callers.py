"""Callers of the API, each with a token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.test import Client

from rundblick.people import tokens
from rundblick.people.models import User


@dataclass(frozen=True, slots=True)
class Caller:
    """``get`` and ``post`` under /api/v1, with a token in the header."""

    client: Client
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, content_type: str = "application/json", **headers: str) -> Any:
        body = {} if body is None else body
        return self.client.post(f"/api/v1{path}", body, content_type=content_type, headers=self.headers | headers)


def caller(user: User | None, scopes: Sequence[str] = ("*",), language: str = "en") -> Caller:
    headers = {"Accept-Language": language}
    if user is not None:
        headers["Authorization"] = f"Bearer {tokens.issue(user, 'test', scopes).text}"
    return Caller(Client(raise_request_exception=False), headers)
