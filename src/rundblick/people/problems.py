"""Errors of the API in the form of RFC 9457: what is wrong, and what to do, in the caller's language."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> JsonResponse:
    """A problem document. ``code`` is stable and in no language; ``title`` and ``detail`` are for people."""
    body: dict[str, Any] = {"type": f"urn:rundblick:problem:{code}", "status": status, "title": title}
    if detail:
        body["detail"] = detail
    return JsonResponse(body | more, status=status, content_type=MEDIA_TYPE)
