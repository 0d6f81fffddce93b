"""What people answered, as training uses it: pairs whose kind is known, each standing for the questions like it.

Only unsure pairs are asked about, so answers say nothing of all other pairs. Each answer therefore stands for the
questions of its stratum alone (the same odds before any answer was known, one household or not): it counts for as many
of them as there are for each answer, and what is left of the stratum counts for so much less. So the answers change
what the asked pairs are thought to be and not how many of them there are (Horvitz and Thompson 1952, doi
10.1080/01621459.1952.10483446, with weights that are cut off at ``MOST``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from rundblick.customers.matching.table import Bools, Bytes, Floats, Ints

SAME: Final = 1
DIFFERENT: Final = 2
MOST: Final = 10.0  # questions that one answer stands for at most
SHARE: Final = 0.05  # of all pairs that are learned from: what all answers together stand for at most
STRATUM: Final = 2.0  # bits of odds that one stratum covers
_FAR: Final = 12.0  # bits beyond which odds are all alike


def _none() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Answers:
    """Pairs of rows (``lower << 32 | higher``, each once, ascending).

    same, different  what persons said
    asked            every pair that they were asked about, answered or not
    """

    same: Ints = field(default_factory=_none)
    different: Ints = field(default_factory=_none)
    asked: Ints = field(default_factory=_none)

    def __len__(self) -> int:
        return len(self.same) + len(self.different)

    def told(self, codes: Ints) -> Bytes:
        """0, SAME or DIFFERENT for each pair."""
        found = np.zeros(len(codes), np.uint8)
        found[np.isin(codes, self.same)] = SAME
        found[np.isin(codes, self.different)] = DIFFERENT
        return found


def counts_for(answers: Answers, codes: Ints, told: Bytes, odds: Floats, at_home: Bools) -> Floats:
    """How many pairs each pair counts for: shape (pairs,), adding up to their number.

    odds  log2 odds of each pair before any answer is known; ``at_home``: whether it may be two people of one household
    """
    asked = np.isin(codes, answers.asked) | (told > 0)
    stratum = 2 * np.floor(np.clip(odds, -_FAR, _FAR) / STRATUM).astype(np.int64) + at_home
    questions: dict[int, tuple[Bools, Bools, float]] = {}  # a stratum: answered, not answered, what an answer counts
    for one in np.unique(stratum[told > 0]).tolist():
        here = asked & (stratum == one)
        n, total = int((here & (told > 0)).sum()), int(here.sum())
        questions[one] = here & (told > 0), here & (told == 0), min(MOST, total / n)
    whole = sum(each * int(answered.sum()) for answered, _, each in questions.values())
    bound = min(1.0, SHARE * len(codes) / whole) if whole else 1.0
    found = np.ones(len(codes))
    for answered, others, each in questions.values():
        n, rest = int(answered.sum()), int(others.sum())
        found[answered] = bound * each
        if rest:
            found[others] = max((n + rest - bound * each * n) / rest, 0.0)
    return found
