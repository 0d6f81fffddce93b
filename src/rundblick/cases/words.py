"""What the faces say about joining and moving: one sentence each, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rundblick.cases.regrouping import RegroupingError


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
