"""Who is one customer in a report: by identifiers first, then by what was weighed; and how the report says so.

A check resolves once, after all rows are in and before the measures, over the distinct records of its own database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from rundblick.blindspots.model import Matching, Measure
from rundblick.blindspots.report.formats import Formats
from rundblick.core.database import cursor
from rundblick.customers.matching import Model
from rundblick.customers.weighed.once import decide_once
from rundblick.customers.weighed.parties import Known
from rundblick.customers.weighed.running import Seen, everybody, match, weigh_all

Progress = Callable[[str, int, int], None]

LEAST: Final = 300  # records that can be compared, below which weights are not worth learning

# Figures that hang on who is one customer; cuts of one (name.cut) as well.
RESTING: Final = frozenset(
    {
        "customers",
        "customers_several_channels_share",
        "first_contact_resolution",
        "first_contact_resolution_gross",
        "came_back_share",
        "repeated_questions_share",
        "numbers_per_customer_mean",
        "one_number_share",
        "one_system_share",
        "asked_90_days_share",
        "months_since_asked_median",
    }
)

_STANDING = """
SELECT (SELECT count(*) FROM customers_assignment WHERE valid_to IS NULL),
       (SELECT count(DISTINCT customer_id) FROM customers_assignment WHERE valid_to IS NULL),
       (SELECT version FROM customers_matchmodel WHERE in_force)
"""


def resolve(
    model: Model | None,
    *,
    weigh: bool,
    lasting: bool,
    exclusive: Mapping[str, str] = MappingProxyType({}),
    progress: Progress = lambda *_: None,
) -> tuple[Matching, Model | None]:
    """Decide who is one customer in a database that nobody else writes to; what came of it, and the model that weighed.

    model    what weighs; None learns one from these records
    weigh    False leaves it at identifiers
    exclusive  which systems give each person one number, as the mapping says
    lasting  somebody will look at the records afterwards: what was weighed is written, too
    """
    if not weigh:
        return replace(standing(), skipped="off"), None
    known, constraints, _answers, since = everybody(progress)
    before = len(set(known.customers))
    found = Matching(records=len(known), by_identifiers=before, customers=before)
    if model is None and comparable(known) < LEAST:
        return replace(found, skipped="few"), None
    used, said = weigh_all(known, constraints, model, progress, exclusive=exclusive)[:2]
    if lasting:
        # nothing comes in afterwards
        match(Seen(known, constraints, used, said.wanted(known.ids), since), progress=progress, live=False)
    else:
        decide_once(known, constraints, used, said, progress)
    learned = "here" if model is None else "before"
    return replace(found, customers=standing().customers, model=used.version, learned=learned), used


def comparable(known: Known) -> int:
    """Records that name somebody and say something of him beside: a birth date, where he lives, how to reach him."""
    return sum(
        1
        for party in known.parties
        if not _NAMES.isdisjoint(party.facts)
        and (not _BESIDE.isdisjoint(party.facts) or any(one.kind == "phone" for one in party.identifiers))
    )


_NAMES: Final = frozenset({"name", "first_name", "last_name"})
_BESIDE: Final = frozenset({"birth_date", "street", "postcode", "city"})


def standing() -> Matching:
    """How things are in this database: records, customers, and the model in force."""
    with cursor() as cur:
        cur.execute(_STANDING)
        records, customers, model = cur.fetchone() or (0, 0, None)
    return Matching(records=records, customers=customers, model=model or "", learned="before" if model else "")


def told(found: Matching, measures: Iterable[Measure], formats: Formats) -> Matching:
    """With the words for it, and the figures of the report that rest on it."""
    resting = [one for one in measures if one.value is not None and one.name.partition(".")[0] in RESTING]
    return replace(found, text=_words(found, resting, formats), figures=tuple(one.name for one in resting))


def _words(found: Matching, resting: Iterable[Measure], formats: Formats) -> str:
    values = {
        "records": formats.number(found.records),
        "identifiers": formats.number(found.by_identifiers or 0),
        "customers": formats.number(found.customers),
        "model": found.model,
        "least": LEAST,
    }
    if found.model and found.by_identifiers is None:
        text = _("%(records)s records are %(customers)s customers, by identifiers and by weighing (model %(model)s).")
    elif found.model and found.learned == "here":
        text = _(
            "%(records)s records: what identifies them makes %(identifiers)s customers; names, birth dates, addresses "
            "and telephones weighed as well make %(customers)s (model %(model)s, learned from these records)."
        )
    elif found.model:
        text = _(
            "%(records)s records: what identifies them makes %(identifiers)s customers; names, birth dates, addresses "
            "and telephones weighed as well make %(customers)s (model %(model)s, learned from others)."
        )
    else:
        text = _("%(records)s records are %(customers)s customers by what identifies them.")
    sentences = [text % values]
    if found.skipped == "few":
        text = _("Nothing was weighed: fewer than %(least)s records name somebody and say more of him.")
        sentences.append(text % values)
    elif not found.model:
        sentences.append(_("Names, birth dates and addresses were not weighed."))
    labels = list(dict.fromkeys(one.label for one in resting if "." not in one.name))
    if labels:
        sentences.append(_("Figures that rest on it: %(figures)s.") % {"figures": "; ".join(labels)})
    return " ".join(sentences)
