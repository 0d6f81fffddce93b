"""Hand-overs made in the desk: why they were made, and how many came back. Exports tell neither."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.blindspots.measures.compute import share
from rundblick.blindspots.measures.frame import Frame, missing, with_cases_of
from rundblick.blindspots.measures.words import cause
from rundblick.blindspots.model import Better, Measure, Related, Unit

CAUSE = "handover_cause_share."
GIVEN_BACK = "handovers_given_back_share"

# A hand-over in the desk has a cause; what the rules of routing decide alone has none and is no hand-over.
_MADE = (
    "cases_caseentry e WHERE NOT e.superseded AND e.cause <> '' AND (e.team_id IS NOT NULL OR e.person_id IS NOT NULL) "
    "AND e.id NOT IN (SELECT entry_id FROM cases_routing WHERE entry_id IS NOT NULL)"
)
CASES_BY_CAUSE = (
    f"SELECT e.case_id AS id FROM {_MADE} AND e.cause = %(cause)s GROUP BY e.case_id ORDER BY count(*) DESC, e.case_id"
)
# settled: the new owner has said or shown what becomes of it
_SETTLED = (
    "cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id WHERE NOT e.superseded AND h.state <> 'offered'"
)
CASES_GIVEN_BACK = (
    f"SELECT e.case_id AS id FROM {_SETTLED} AND h.state = 'given_back' GROUP BY e.case_id "
    "ORDER BY count(*) DESC, e.case_id"
)


def measures_of_handovers(frame: Frame) -> list[Measure]:
    """The share of each cause in all hand-overs, and of those given back in all that were settled."""
    causes = frame.rows(f"SELECT e.cause, count(*) FROM {_MADE} GROUP BY 1 ORDER BY 2 DESC, 1")
    made = sum(n for _cause, n in causes)
    found = []
    for code, n in causes:
        blank = _blank(
            frame,
            f"{CAUSE}{code}",
            _("Hand-overs, because of: %(cause)s") % {"cause": cause(code)},
            _("Share of the hand-overs made in the desk that were made for this cause."),
        )
        found.append(with_cases_of(frame, share(blank, n, made), CASES_BY_CAUSE, cause=code))
    given_back, settled, returns = frame.row(
        "SELECT count(*) FILTER (WHERE h.state = 'given_back'), count(*), count(*) FILTER (WHERE h.returns) "
        f"FROM {_SETTLED}"
    )
    back = _blank(
        frame,
        GIVEN_BACK,
        _("Hand-overs that were given back"),
        _("Share of the settled hand-overs made in the desk that the new owner gave back to who had the case before."),
    )
    if not settled:
        text = _("Hand-overs in the desk that were accepted or given back; exports do not tell that.")
        return [*found, missing(back, "no_data", text)]
    pingpong = Related(f"{GIVEN_BACK}.returns", _("went back and forth (A to B to A)"), returns, Unit.COUNT)
    return [
        *found,
        replace(with_cases_of(frame, share(back, given_back, settled), CASES_GIVEN_BACK), beside=(pingpong,)),
    ]


def _blank(frame: Frame, name: str, label: str, definition: str) -> Measure:
    return Measure(
        name=name,
        label=label,
        definition=definition,
        unit=Unit.SHARE,
        better=Better.LOW if name == GIVEN_BACK else Better.NEITHER,
        group="owner",
        window=frame.window,
        saved_query=name,
    )
