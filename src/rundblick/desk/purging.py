"""Leaves out of a stylesheet the rules for classes that no page of ours names.

The kit's stylesheet is 635 KB; the desk uses a tenth of it, and a browser reads all of it before it paints. A word that
stands anywhere in a template, script or module of the desk keeps every rule of that name: too much stays, never too
little. Rules without a class, variables and typefaces stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z_][\w-]*")
_CLASS: Final = re.compile(r"\.(-?[A-Za-z_](?:[\w-]|\\.)*)")
_NOT: Final = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
_KINDS: Final = (".html", ".js", ".py")


def words_in(folders: Iterable[Path]) -> frozenset[str]:
    """Every word that could name a class."""
    found: set[str] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _KINDS and "vendor" not in path.parts and "assets" not in path.parts:
                found.update(_WORD.findall(path.read_text(encoding="utf-8")))
    return frozenset(found)


def classes_in(css: str) -> frozenset[str]:
    """The classes that selectors of a stylesheet name."""
    found: set[str] = set()
    for head, body in _blocks(css):
        if body is not None and head.startswith(("@media", "@supports", "@container", "@layer")):
            found |= classes_in(body)
        elif body is not None and not head.startswith("@"):
            found.update(_CLASS.findall(head))
    return frozenset(found)


def purged(css: str, words: Collection[str]) -> str:
    """The stylesheet without rules that need a class that is none of ``words``; an empty media query goes too."""
    out = []
    for head, body in _blocks(css):
        if body is None:
            out.append(head)
        elif head.startswith(("@media", "@supports", "@container", "@layer")):
            if inner := purged(body, words):
                out.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            out.append(f"{head}{{{body}}}")
        elif kept := [one for one in _selectors(head) if _used(one, words)]:
            out.append(f"{','.join(kept)}{{{body}}}")
    return "".join(out)


def _used(selector: str, words: Collection[str]) -> bool:
    return all(name.replace("\\", "") in words for name in _CLASS.findall(_NOT.sub("", selector)))


def _selectors(head: str) -> Iterator[str]:
    """The selectors of a list; a comma in brackets parts nothing."""
    depth, start = 0, 0
    for place, sign in enumerate(head):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            yield head[start:place]
            start = place + 1
    yield head[start:]


_MARKS: Final = re.compile(r'/\*.*?\*/|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{};]', re.DOTALL)


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """(what stands before a brace, what stands in it) of the outermost blocks; (statement, None) without a block."""
    depth, start, opened = 0, 0, 0
    for match in _MARKS.finditer(css):
        sign = match[0]
        if sign == "{":
            if depth == 0:
                opened = match.start()
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : match.start()]
                start = match.end()
        elif sign == ";" and depth == 0:
            yield css[start : match.end()].strip(), None
            start = match.end()
        elif sign.startswith("/*") and depth == 0 and not css[start : match.start()].strip():
            start = match.end()
