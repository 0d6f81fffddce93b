"""What could not be read of a file, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass

from rundblick.connectors.notes import Note
from rundblick.connectors.texts import note_text
from rundblick.exports.feeding import Fed
from rundblick.intake.faults import fault_words


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of fault of a file: what it is, how many rows have it, the first of them."""

    text: str
    count: int
    rows: tuple[int, ...]


def faults_of(fed: Fed) -> list[Told]:
    """The kinds of faults among a file's rows, the most frequent first."""
    found = []
    for (code, detail), count in fed.faults.most_common():
        values = dict(detail)
        text = fault_words(code, values) or note_text(Note(code, values, count))
        found.append(Told(text, count, tuple(sorted(fed.rows[code, detail]))))
    return found
