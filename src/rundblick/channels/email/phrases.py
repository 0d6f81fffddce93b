"""Expressions for lists of phrases, written so that a person can read and extend them."""

from __future__ import annotations

import re


def any_of(phrases: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """One expression, upper and lower case alike, for phrases that stand one or several ("a|b") a line."""
    lines = "|".join(line.strip() for line in phrases.strip().splitlines())
    return re.compile(f"{before}(?:{lines}){after}", re.IGNORECASE)
