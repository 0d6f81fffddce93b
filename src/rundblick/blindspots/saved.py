"""Saved queries: from the name of a figure to all the cases behind it, the worst first.

A name is stable for good: links, notes and improvements point at it. The desk runs the statement inside its gate;
``rundblick check --cases DIR`` writes its ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from rundblick.blindspots import sql
from rundblick.blindspots.measures import of_contacts, of_customers, of_handovers, of_questions, of_solved, of_voice
from rundblick.blindspots.measures.of_cases import SPECS
from rundblick.blindspots.measures.specs import CasesBehind
from rundblick.blindspots.model import Window
from rundblick.blindspots.promised import clock_params
from rundblick.blindspots.repeats import wait_params
from rundblick.core.database import cursor
from rundblick.core.promises import Promise

_CHANNEL = "channel_share."
_ASKED_ON, _ASKED_BY = f"{of_questions.NAME}.channel.", f"{of_questions.NAME}.team."
_FACTS: dict[str, tuple[str, str]] = {
    **of_customers.BEHIND_COUNTS,
    "out_of_step_share": ("contacts > 0", "contacts DESC"),
    "known_customer_share": ("customer_id IS NULL", "contacts DESC"),
    **{spec.name: (spec.behind, spec.worst) for spec in SPECS},
}
_STATEMENTS: dict[str, str] = {
    "customers_several_channels_share": of_customers.CASES_IN_SEVERAL_CHANNELS,
    "numbers_per_customer_mean": of_customers.CASES_OF_MANY_NUMBERS,
    "one_number_share": of_customers.CASES_OF_MANY_NUMBERS,
    "one_system_share": of_customers.CASES_OF_MANY_SYSTEMS,
    of_questions.NAME: of_questions.CASES_ASKED_AGAIN,
    of_handovers.GIVEN_BACK: of_handovers.CASES_GIVEN_BACK,
    "inbound_answered_share": of_contacts.CASES_UNANSWERED,
    "social_answered_share": of_contacts.CASES_POSTS_UNANSWERED,
    "social_dialogue_share": of_contacts.CASES_POSTS_UNANSWERED,
    "calls_answered_share": of_contacts.CASES_CALLS_LOST,
    "calls_within_20_s_share": of_contacts.CASES_CALLS_WAITED,
    "handling_minutes_median": of_contacts.CASES_CALLS_HANDLED,
    "orders_on_time_share": of_contacts.CASES_OF_LATE_ORDERS,
    "csat_share": of_voice.CASES_DISSATISFIED,
    "nps": of_voice.CASES_DETRACTORS,
    "ces_share": of_voice.CASES_OF_EFFORT,
    "first_contact_resolution_told": of_solved.CASES_NOT_SOLVED,
    "review_low_share": of_voice.CASES_OF_LOW_REVIEWS,
    "reviews_answered_share": of_voice.CASES_OF_LOW_REVIEWS,
    "asked_90_days_share": of_voice.CASES_NOT_ASKED,
    "months_since_asked_median": of_voice.CASES_NOT_ASKED,
}


class UnknownFigure(LookupError):
    """No figure of this name has cases behind it."""


def names() -> frozenset[str]:
    """Every figure that opens cases; ``channel_share.<channel>`` and the cuts of repeated questions come on top."""
    return frozenset(_FACTS) | frozenset(_STATEMENTS)


@contextmanager
def prepared_facts(window: Window, promise: Promise | None = None) -> Iterator[None]:
    """Facts computed once for many saved queries: ``with prepared_facts(w): cases_behind(n, w, prepared=True)``.

    Holds one transaction and a temporary table, so it needs a connection that may make one.
    """
    with transaction.atomic(), cursor() as cur:
        cur.execute(f"SET LOCAL work_mem = '{sql.WORK_MEM}'")
        cur.execute("SET LOCAL jit = off")
        params = {**parameters(window), **clock_params(promise, window)}
        for statement in sql.prepare(promise):
            cur.execute(statement, params)
        yield
        cur.execute(sql.CLEAR)


def parameters(window: Window) -> dict[str, Any]:
    """What every statement of the report takes."""
    return {"end": window.end, "zone": window.timezone, "day_systems": [], **wait_params()}


def cases_behind(name: str, window: Window, promise: Promise | None = None, *, prepared: bool = False) -> CasesBehind:
    """The statement (psycopg placeholders) whose rows are the ids of the cases behind a figure, the worst first.

    It only reads, takes no lock, and holds no text from outside: a channel goes in as a parameter. Wrap it to apply
    rights: ``SELECT ... FROM cases_case WHERE id IN (<sql>)``. ``promise`` as for the report. ``prepared`` reads the
    facts of ``prepared_facts``. Raises UnknownFigure.
    """
    params = parameters(window)
    if name.startswith(_CHANNEL) and len(name) > len(_CHANNEL):
        params["channel"] = name[len(_CHANNEL) :]
        behind, worst = "channel = %(channel)s", "contacts DESC"
    elif name.startswith(_ASKED_ON) and len(name) > len(_ASKED_ON):
        return CasesBehind(name, of_questions.CASES_ASKED_AGAIN_ON, {**params, "channel": name[len(_ASKED_ON) :]})
    elif name.startswith(_ASKED_BY) and len(name) > len(_ASKED_BY):
        return CasesBehind(name, of_questions.CASES_ASKED_AGAIN_BY, {**params, "team": name[len(_ASKED_BY) :]})
    elif name.startswith(of_handovers.CAUSE) and len(name) > len(of_handovers.CAUSE):
        cause = name[len(of_handovers.CAUSE) :]
        return CasesBehind(name, of_handovers.CASES_BY_CAUSE, {**params, "cause": cause})
    elif name in _STATEMENTS:
        statement = _STATEMENTS[name]
        if prepared:
            statement = statement.replace(sql.CONTACTS, sql.CONTACTS_PREPARED)
        return CasesBehind(name, statement, params)
    elif name in _FACTS:
        behind, worst = _FACTS[name]
    else:
        raise UnknownFigure(name)
    if prepared:
        source = sql.FACTS_TABLE
    else:
        source = f"({sql.case_facts(promise)}) AS facts"
        params |= clock_params(promise, window)
    return CasesBehind(name, f"SELECT id FROM {source} WHERE {behind} ORDER BY {worst}, id", params)
