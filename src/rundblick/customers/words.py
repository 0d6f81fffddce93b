"""What the three faces say about merges, splits and undos: one sentence each, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.customers.merging import Against, IdentityError


def refusal(error: IdentityError) -> str:
    """Why a deed was not done, and what to do."""
    return {
        "empty": _("The reason is missing. Write in a few words why."),
        "same": _("These are one customer already."),
        "vetoed": _("Something speaks against it. Confirm it if they are one all the same."),
        "nothing": _("Choose the records to be split off."),
        "everything": _("All records were chosen. At least one has to stay."),
        "not_theirs": _("A chosen record is not, or no longer, this customer's. Look at the records again."),
        "undone": _("It was undone already."),
        "later": _("A later decision about the same records stands. Undo that first."),
    }[error.code]


def objection(against: Against) -> str:
    """What speaks against a merge."""
    if against.kind == "apart":
        return _("Somebody has set their records apart.")
    return _("%(system)s knows them under different numbers: %(mine)s and %(theirs)s.") % {
        "system": against.issuer,
        "mine": ", ".join(against.mine) or "?",
        "theirs": ", ".join(against.theirs) or "?",
    }


def act_kind(kind: str) -> str:
    """What an act did."""
    return {
        "merge": pgettext("done", "Merged"),
        "split": pgettext("done", "Split"),
        "apart": pgettext("done", "Kept apart"),
        "confirm": pgettext("done", "Confirmed"),
        "undo": pgettext("done", "Undone"),
    }[kind]
