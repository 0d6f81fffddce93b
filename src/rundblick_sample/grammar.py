"""A small grammar for sentences: ``{a|b}`` draws one, ``[x]`` says x or nothing, ``$name`` is a fact of the concern."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Chance = Callable[[], float]
Node = Callable[[Chance, Mapping[str, str]], str]

_TOKEN = re.compile(r"\$([A-Za-z_]+)|([{}\[\]|])")


class GrammarError(ValueError):
    """A text of the grammar is not well formed."""


def compile_text(text: str) -> Node:
    """Turns one text into a function of (chance, facts)."""
    tokens = _tokens(text)
    node, rest = _sequence(tokens, 0, "")
    if rest != len(tokens):
        raise GrammarError(f"unbalanced bracket in: {text}")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    for match in _TOKEN.finditer(text):
        if match.start() > at:
            tokens.append(("text", text[at : match.start()]))
        tokens.append(("fact", match[1]) if match[1] else (match[2], ""))
        at = match.end()
    if at < len(text):
        tokens.append(("text", text[at:]))
    return tokens


def _sequence(tokens: list[tuple[str, str]], at: int, closing: str) -> tuple[Node, int]:
    branches: list[list[Node]] = [[]]
    while at < len(tokens):
        kind, value = tokens[at]
        if kind in ("}", "]"):
            if kind != closing:
                raise GrammarError("unbalanced bracket")
            return _choice(branches, closing == "]"), at + 1
        if kind == "|":
            branches.append([])
            at += 1
        elif kind in ("{", "["):
            node, at = _sequence(tokens, at + 1, "}" if kind == "{" else "]")
            branches[-1].append(node)
        else:
            branches[-1].append(_word(value) if kind == "text" else _fact(value))
            at += 1
    if closing:
        raise GrammarError("bracket is not closed")
    return _choice(branches, False), at


def _word(text: str) -> Node:
    return lambda chance, facts: text


def _fact(name: str) -> Node:
    return lambda chance, facts: facts.get(name, "")


def _joined(parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    return lambda chance, facts: "".join([part(chance, facts) for part in parts])


def _choice(branches: list[list[Node]], optional: bool) -> Node:
    nodes = [_joined(parts) if parts else _word("") for parts in branches]
    if optional:
        nodes = [*nodes, *([_word("")] * len(nodes))]
    if len(nodes) == 1:
        return nodes[0]
    count = len(nodes)
    return lambda chance, facts: nodes[int(chance() * count)](chance, facts)


def compile_pool(lines: str) -> list[Node]:
    """One text a line; empty lines and lines with # at the start are left out."""
    return [
        compile_text(line.strip()) for line in lines.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
