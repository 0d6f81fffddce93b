"""What the faces say about joining and moving, about who has a case: one sentence each, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cases.bulk import KINDS, MOST, BulkError
from rundblick.cases.deeds import WorkError
from rundblick.cases.filters import FilterError
from rundblick.cases.links import LinkError
from rundblick.cases.ownership import CAUSES
from rundblick.cases.regrouping import RegroupingError
from rundblick.cases.saved_searches import SavedSearchError
from rundblick.cases.search.query import Remark
from rundblick.people.models import Person, PersonContent, Team


def regrouping_refusal(error: RegroupingError) -> str:
    """Why a join, a move or its taking back was not done, and what to do."""
    return {
        "same": _("These are one case already."),
        "everything": _("Nothing would stay in this case. Join the two cases instead."),
        "elsewhere": _("A colleague was faster: the message stands in another case now."),
        "taken_back": _("It was taken back already."),
        "later": _("A later join or move stands on it. Take that back first."),
        "nothing": _("Nothing was chosen. Tick at least one."),
        "aside": _("What is said in a side talk stays with it. Choose messages of the case itself."),
    }[error.code]


def link_words(kind: str) -> str:
    """What a case is to the other one of a link (cases.links.KINDS), as a sentence that the other's number ends."""
    return {
        "cause": _("Same cause as"),
        "follow_up": _("Follows up on"),
        "follow_up_of_it": _("Followed up by"),
        "parent": _("Comprises"),
        "child": _("Part of"),
    }[kind]


def link_refusal(error: LinkError) -> str:
    """Why two cases were not linked, and what to do."""
    return {
        "same": _("These are one case already."),
        "there": _("These two are linked already. Take that link away first to choose another one."),
        "circle": _("The other one leads back to this case by such links already."),
        "kind": _("There is no such link."),
        "gone": _("The link was taken away already."),
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


def bulk_refusal(error: BulkError) -> str:
    """Why a deed on many cases was not given, and what to do."""
    return {
        "kind": _("There is no such deed. Choose one of: %(kinds)s.") % {"kinds": ", ".join(KINDS)},
        "none": _("No case is chosen that you may see. Choose cases first."),
        "too_many": _("At most %(n)s cases at once. Choose fewer, and do the rest after.") % {"n": MOST},
        "two": _("Choose at least two cases to join."),
        "to": _("Choose who takes them over."),
        "into": _("Choose which of them the others go into."),
        "reason": _("Write in a few words why, so that nobody has to ask again."),
        "cause": _("There is no such cause. Choose one of: %(causes)s.") % {"causes": ", ".join(CAUSES)},
        "topic": _("Say which topic they have."),
        "not_yours": _("Somebody else did this. Only he can take it back."),
    }[error.where if error.where == "into" else error.code]


def row_refusal(code: str, undoing: bool = False) -> str:
    """Why one case of a deed on many was left as it is; ``undoing``: why it was not taken back."""
    if undoing:
        return {
            "changed": _("Somebody did something in it since. It stays as it is."),
            "taken_back": _("It was taken back already."),
            "joined": _("It was joined to another case meanwhile."),
            "later": _("A later join or move stands on it. Take that back first."),
            "left": _("Whose it was before is not there any more."),
            "too_many": _("You watch too many cases already."),
        }.get(code, _("It could not be taken back. Open the case to see why."))
    named = {
        "forbidden": _("You may read this case, but not work in it."),
        "gone_from": _("It is not there for you any more."),
        "same_topic": _("It has this topic already."),
        "same_watch": _("You watch it already."),
        "no_watch": _("You do not watch it."),
        "not_resolved": _("It is open already."),
        "too_many": _("You watch too many cases already."),
        "undone": _("The deed was taken back before its turn came."),
        "same": _("These are one case already."),
    }
    return named.get(code) or ownership_refusal(WorkError(code)) or _("It could not be done. Open the case to see why.")


def filter_refusal(error: FilterError) -> str:
    """Why a filter was not kept, and what to do."""
    return {
        "name": _("Give the filter a name."),
        "team": _("You can keep it for a team of your own, or for yourself."),
        "too_many": _("There are too many saved filters already. Delete one first."),
    }[error.code]


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


def search_remark(remark: Remark) -> str:
    """What could not be meant as it was typed, and what was done."""
    told = {"operator": remark.operator, "value": remark.value}
    return {
        "operator": _("“%(operator)s:” is no operator; it was searched as a word.") % told,
        "value": _("“%(operator)s:%(value)s” means nothing here; it was left out.") % told,
        "date": _("“%(value)s” is no day. Write 2026-03-01, 1.3.2026, 2026-03 or 2026.") % told,
        "long": _("Only the first %(value)s signs were searched for.") % told,
        "words": _("Only the first %(value)s words were searched for.") % told,
    }.get(remark.code, remark.code)
