"""The expected reading of each mail in ``fixtures/mails``, kept in ``fixtures/expected.json``.

Each of the mails is invented and has one fault that real mails had. After a change that is meant to read some of
them differently: ``python tests/channels/golden.py``, then look at every line of the difference before committing it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rundblick.channels.email.quoting import visible_text
from rundblick.channels.email.reading import read_mail
from rundblick.core.envelope import Envelope
from rundblick.core.message import Message, Party

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = FIXTURES / "expected.json"
RECEIVED = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)
OWN = "service@muster.example, muster.example"


def mails() -> list[Path]:
    return sorted((FIXTURES / "mails").glob("*.eml"))


def envelope(raw: bytes, own: str = OWN) -> Envelope:
    return Envelope("file:test", "1", "mail", RECEIVED, raw, hints={"own": own})


def reading(path: Path) -> dict[str, Any]:
    """What was read, without the fields that are as they are by default and without digests."""
    message = read_mail(envelope(path.read_bytes()))
    if not isinstance(message, Message):
        return {"unreadable": message.fault}
    found = {
        "at": message.at and [part if isinstance(part, str) else part.isoformat() for part in _moment(message)],
        "direction": str(message.direction),
        "sender": str(message.sender),
        "party": _party(message.party),
        "copied": [_party(each) for each in message.copied],
        "subject": message.subject,
        "text": message.text,
        "new": visible_text(message.text) if visible_text(message.text) != message.text else None,
        "html": message.html,
        "own": list(message.thread.own),
        "parents": list(message.thread.parents),
        "attachments": [
            [each.name, each.media_type, len(each.data), each.content_id] for each in message.attachments
        ],
        "remarks": list(message.remarks),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _moment(message: Message) -> list[Any]:
    at = message.at
    assert at is not None
    return [part for part in (at.at, at.text, at.zone, at.precision, at.fold) if part]


def _party(party: Party | None) -> str | None:
    return party and f"{party.key} ({party.facts['name']})" if party and party.facts else party and party.key


def write() -> None:
    expected = {path.stem: reading(path) for path in mails()}
    EXPECTED.write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
