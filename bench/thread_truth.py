"""Which mails belong together by their headers alone, read with the standard library's parser. Imports nothing of ours.

A pair is a reply and the mail that it names in In-Reply-To or References (or a report returns), both in the set.
A thread is what such names connect, also through a mail that is not in the set: two answers to one original. Two mails
of one sender with one date and one subject are copies of one mail, whatever else was done to them on the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message
from itertools import combinations

_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")

Pair = tuple[int, int]


def truth(mails: Sequence[bytes]) -> tuple[set[Pair], list[int]]:
    """(reply pairs as (lower, higher) positions, the thread of each mail)."""
    own: list[set[str]] = []
    named: list[set[str]] = []
    copies: list[set[str]] = []
    for raw in mails:
        mail = message_from_bytes(raw)
        own.append(_ids(mail, "Message-ID"))
        named.append((_ids(mail, "In-Reply-To") | _ids(mail, "References") | _returned(mail)) - own[-1])
        copies.append({f"{mail['From']} {mail['Date']} {mail['Subject']}"})
    pairs = {
        (min(i, j), max(i, j))
        for i, names in enumerate(named)
        for j, ids in enumerate(own)
        if i != j and names & ids and not own[i] & ids
    }
    thread = list(range(len(mails)))
    by_id: dict[str, int] = {}

    def root(i: int) -> int:
        while thread[i] != i:
            thread[i] = thread[thread[i]]
            i = thread[i]
        return i

    for i in range(len(mails)):
        for one in own[i] | named[i] | copies[i]:
            thread[root(by_id.setdefault(one, i))] = root(i)
    return pairs, [root(i) for i in range(len(mails))]


def score(mails: Sequence[bytes], cases: Sequence[int | None]) -> dict[str, float | int | None]:
    """Precision and recall of pairs: ``cases`` says in which case or ticket each mail ended, None for a lost one.

    recall     share of the reply pairs that stand in one case
    precision  share of all pairs in one case that the headers connect too; None without any pair in one case
    """
    pairs, thread = truth(mails)
    together = {pair for pair in combinations(range(len(mails)), 2) if _same(cases, pair)}
    false = sum(1 for i, j in together if thread[i] != thread[j])
    found = sum(1 for pair in pairs if pair in together)
    return {
        "reply_pairs": len(pairs),
        "found": found,
        "false_pairs": false,
        "recall": round(found / len(pairs), 4) if pairs else None,
        "precision": round(1 - false / len(together), 4) if together else None,
    }


def _same(cases: Sequence[int | None], pair: Pair) -> bool:
    return cases[pair[0]] is not None and cases[pair[0]] == cases[pair[1]]


def _ids(mail: Message, header: str) -> set[str]:
    return {found.lower() for value in mail.get_all(header, []) for found in _ID.findall(str(value))}


def _returned(mail: Message) -> set[str]:
    found: set[str] = set()
    if mail.get_content_type() != "multipart/report":  # a mail with another one attached need not answer it
        return found
    for part in mail.walk():
        if part is mail or part.get_content_type() not in _RETURNED:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            for inner in payload:
                found |= _ids(inner, "Message-ID")
        else:
            found |= {one.lower() for one in re.findall(r"(?im)^message-id:\s*(<[^<>\s@]+@[^<>\s@]+>)", str(payload))}
    return found
