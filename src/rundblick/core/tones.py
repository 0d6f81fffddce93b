"""What can be heard in a text that a customer wrote: anger, and words of law."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """What a word of law is about.

    privacy  a right under the GDPR: access, erasure, objection
    claim    a deadline, damages, rescission: steps before a court
    payment  chargeback, dunning, collection
    """

    LAWYER = "lawyer"
    COURT = "court"
    AUTHORITY = "authority"
    PRIVACY = "privacy"
    CLAIM = "claim"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Mark:
    """What was heard at [start, end) of the text. ``code``: a name of the vocabulary, never the customer's own word.

    kind  "anger" or a value of Law
    """

    kind: str
    code: str
    start: int
    end: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Tone:
    """All marks of a text, in its order."""

    marks: tuple[Mark, ...] = ()

    @property
    def anger(self) -> float:
        return sum(mark.weight for mark in self.marks if mark.kind == "anger")

    @property
    def mood(self) -> int:
        """0 calm, 1 annoyed, 2 angry, 3 furious."""
        return sum(self.anger >= least for least in (1.0, 2.0, 4.0))

    @property
    def law(self) -> tuple[str, ...]:
        """The kinds of law words, each once."""
        return tuple(dict.fromkeys(mark.kind for mark in self.marks if mark.kind != "anger"))


CALM = Tone()
