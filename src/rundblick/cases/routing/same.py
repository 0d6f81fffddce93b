"""When two topics, languages or tiers are the same."""

from __future__ import annotations


def plain(word: str) -> str:
    """Whatever their case and blanks."""
    return " ".join(word.split()).casefold()
