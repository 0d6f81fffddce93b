"""Telephone numbers that belong to nobody.

Landlines lie in the blocks that the Bundesnetzagentur keeps for film and television (030 23125, 069 90009, 040 66969,
0221 4710, 089 99998), with two to four digits behind the block where its thousand numbers do not suffice. Mobiles begin
with 0150 0: the 0150 range is not in use.
"""

from __future__ import annotations

_BLOCKS = (("30", "23125"), ("69", "90009"), ("40", "66969"), ("221", "4710"), ("89", "99998"))


def _scatter(index: int, size: int) -> int:
    """A permutation of 0..size-1 (size a power of ten), so that neighbours do not get neighbouring numbers."""
    return (index * 7_654_321 + 1_234_567) % size


def landline(index: int) -> tuple[str, str]:
    """Area code without its zero, and the subscriber's number; never twice the same."""
    area, block = _BLOCKS[index % len(_BLOCKS)]
    n = index // len(_BLOCKS)
    if n < 100_000:
        return area, f"{block}{_scatter(n, 100_000):05d}"
    return area, f"{block}{_scatter(n, 10_000_000):07d}"


def mobile(index: int) -> tuple[str, str]:
    """Network code without its zero, and the subscriber's number; never twice the same below ten millions."""
    return "150", f"0{_scatter(index, 10_000_000):07d}"


def e164(number: tuple[str, str]) -> str:
    return f"+49{number[0]}{number[1]}"


def written(number: tuple[str, str], style: int) -> str:
    """One of eight ways in which people and clerks write a number."""
    area, rest = number
    if style == 0:
        return f"0{area} {rest}"
    if style == 1:
        return f"0{area}/{rest}"
    if style == 2:
        return f"0{area}{rest}"
    if style == 3:
        return f"+49 {area} {rest}"
    if style == 4:
        return f"+49{area}{rest}"
    if style == 5:
        return f"0049 {area} {rest}"
    if style == 6:
        return f"(0{area}) {rest[:3]} {rest[3:]}"
    return f"0{area} - {rest[:3]} {rest[3:5]} {rest[5:]}"
