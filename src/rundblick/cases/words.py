"""What the faces say about joining and moving, about who has a case: one sentence each, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cases.deeds import WorkError
from rundblick.cases.ownership import CAUSES
from rundblick.cases.regrouping import RegroupingError
from rundblick.cases.saved_searches import SavedSearchError
from rundblick.people.models import Person, PersonContent, Team


def regrouping_refusal(error: RegroupingError) -> str:
    """Why a join, a move or its taking back was not done, and what to do."""
    return {
        "same": _("These are one case already."),
        "everything": _("Nothing would stay in this case. Join the two cases instead."),
        "elsewhere": _("A colleague was faster: the message stands in another case now."),
        "taken_back": _("It was taken back already."),
        "later": _("A later join or move stands on it. Take that back first."),
    }[error.code]


def reason_to_belong(code: str) -> str:
    """Why a case probably belongs to another one (cases.belonging)."""
    return {
        "names": _("its number is named here"),
        "order": _("both speak of the same order"),
        "topic": _("same topic"),
        "subject": _("same subject"),
    }[code]


def cause_name(code: str) -> str:
    """What a hand-over is charged to, as somebody chooses it (cases.ownership.CAUSES)."""
    return {
        "routing": _("It came to the wrong place"),
        "skill": _("It needs somebody with another skill"),
        "absence": _("Somebody is away"),
        "escalation": _("Somebody has to decide"),
        "request": _("The customer or a colleague asked for it"),
        "reorganisation": _("Work is divided anew"),
        "given_back": _("Given back"),
    }.get(code, code)


def handover_state(code: str) -> str:
    """What became of a hand-over."""
    return {
        "offered": _("not accepted yet"),
        "accepted": _("accepted"),
        "given_back": _("given back"),
        "passed_on": _("passed on unread"),
    }.get(code, code)


def commitment_state(code: str) -> str:
    """What became of something that the customer was promised."""
    return {
        "open": pgettext("commitment", "open"),
        "kept": pgettext("commitment", "kept"),
        "broken": pgettext("commitment", "broken"),
        "withdrawn": pgettext("commitment", "withdrawn"),
    }.get(code, code)


def ownership_refusal(error: WorkError) -> str:
    """Why a case was not handed over, taken, accepted or given back, and what to do; "" for another reason."""
    name = owner_name(error.owner)
    return {
        "empty": _("Write in a few words why, so that nobody has to ask again."),
        "not_open": _("The case is not open. Open it again first."),
        "same_owner": _("The case already belongs to them."),
        "taken": _("%(name)s has it meanwhile.") % {"name": name} if name else _("Somebody else has it meanwhile."),
        "left": _("This colleague works here no more. Choose somebody else, or his team."),
        "closed": _("This team is closed. Choose another one."),
        "cause": _("There is no such cause. Choose one of: %(causes)s.") % {"causes": ", ".join(CAUSES)},
        "not_yours": _("It was not handed over to you."),
        "settled": _("That was decided already; look at the case again."),
        "past": _("This time has passed. Promise something for later."),
    }.get(error.code, "")


def owner_name(owner: Person | Team | None) -> str:
    """Who has a case, by name."""
    if isinstance(owner, Team):
        return owner.name
    if owner is None:
        return ""
    return PersonContent.objects.filter(person=owner).values_list("name", flat=True).first() or str(owner.user or "")


def saved_search_refusal(error: SavedSearchError) -> str:
    """Why a search cannot be kept so, in a sentence."""
    return {
        "no_name": _("Give it a name."),
        "no_query": _("There is nothing to keep: type words or operators first."),
        "too_long": _("The name has at most 80 characters, the search 1,000."),
        "taken": _("There is a saved search of this name already. Choose another name."),
        "too_many": _("100 saved searches are kept. Delete one first."),
        "not_member": _("Searches are kept for teams that you belong to and work on cases in."),
        "no_person": _("You are not entered as a colleague, so nothing can be kept for you."),
    }[error.code]
