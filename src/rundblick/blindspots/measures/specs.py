"""What a measure is before it has a number: its words, its rule over the facts of a case, the cases behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rundblick.blindspots.model import Better, Unit

Text = str | Promise
"""A source text that is translated when it is read (gettext_lazy)."""


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the cases in ``of`` that meet ``success``; both are conditions over the facts, NULL counts as not."""

    success: str
    of: str


@dataclass(frozen=True, slots=True)
class Quantile:
    column: str
    q: float


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of small whole numbers, NULL unknown."""

    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One measure over cases.

    behind   condition: the cases that the figure opens; of a share, those on the side that is bad for the customer
    worst    order of these cases, the worst first
    files    kinds of input files that it is computed from
    needs    what to add when the data cannot give it
    source   column with the source's own answer, ``derived`` that from our events, where both can exist
    ways     what these two are called
    """

    name: str
    label: Text
    definition: Text
    unit: Unit
    better: Better
    group: str
    value: Share | Quantile | Mean
    behind: str
    worst: str
    needs: Text
    files: tuple[str, ...] = ("cases", "case_events")
    source: str = ""
    derived: str = ""
    ways: tuple[Text, Text] = (_("by the source's own counter"), _("by the changes in the log"))


@dataclass(frozen=True, slots=True)
class CasesBehind:
    """A saved query: one row per case, ``id`` only, the worst first."""

    name: str
    sql: str
    params: dict[str, Any]
