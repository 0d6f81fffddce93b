"""What the reader of mails remarks on a mail, in words for whoever looks at the message."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

REMARKS: Final[dict[str, str]] = {
    "boundary-guessed": gettext_noop("The mail does not say how its parts are set apart; that was found by looking."),
    "charset-guessed": gettext_noop("The mail does not say in which character set it is written; it was guessed."),
    "charset-lossy": gettext_noop("Some characters are damaged and shown as �."),
    "charset-unknown": gettext_noop("The mail names a character set that nobody knows; it was guessed."),
    "charset-wrong": gettext_noop("The mail names a wrong character set; it was read in the one it really has."),
    "copied-cut": gettext_noop("The mail went to more people than are shown here."),
    "date-from-received": gettext_noop("The mail has no usable date; the time at which a server took it was used."),
    "date-missing": gettext_noop("The mail has no usable date; the time at which it reached us was used."),
    "date-without-zone": gettext_noop("The mail's date has no time zone; one was assumed."),
    "encrypted": gettext_noop("The mail is encrypted. Its content is in the attachments."),
    "headers-repaired": gettext_noop("The head of the mail was broken and was put together again."),
    "leading-junk": gettext_noop("Something stood before the head of the mail and was passed over."),
    "multipart-broken": gettext_noop("The mail should have several parts and has none; it is shown as one text."),
    "no-message-id": gettext_noop("The mail has no number of its own; answers to it can only be found by other means."),
    "no-sender": gettext_noop("The mail does not say who sent it."),
    "no-text": gettext_noop("The mail has a subject only."),
    "nothing-to-read": gettext_noop("The mail is empty: no subject, no text, no attachment."),
    "nul-removed": gettext_noop("Characters that no text may hold were left out."),
    "parser-failed": gettext_noop("The mail is too broken to be taken apart; it is shown as one text."),
    "party:failed-recipient": gettext_noop(
        "It concerns the person who was not reached, not the machine that reports it."
    ),
    "party:reply-to": gettext_noop("Written on behalf of the person to whom answers go."),
    "sender-from-reply-to": gettext_noop("The sender was taken from the address for answers."),
    "sender-from-return-path": gettext_noop("The sender was taken from the address for returns."),
    "sender-from-sender": gettext_noop("The sender was taken from the address of whoever sent it for the author."),
    "text-around-parts": gettext_noop("The words stand outside of the mail's parts."),
    "text-from-enriched": gettext_noop("The text was taken from a rare form of formatted text."),
    "text-from-html": gettext_noop("The text was taken from the HTML of the mail."),
    "tnef": gettext_noop("The content is in an attachment that only Outlook can open."),
    "too-deep": gettext_noop("Parts lie within parts too deeply; the innermost ones are kept as one attachment."),
}

FAULTS: Final[dict[str, str]] = {
    "mail.empty": gettext_noop("There is nothing in it: no head, no text, no attachment. The original is kept."),
    "mail.binary": gettext_noop("It is no mail but some other kind of file. The original is kept."),
}


def remark_words(code: str) -> str:
    """The sentence for a remark of ``read_mail``, in the reader's language; the code itself for an unknown one."""
    if code.startswith("auto:"):
        return _("Known as automatic by: %(header)s") % {"header": code.removeprefix("auto:")}
    source = REMARKS.get(code)
    return _(source) if source else code


def fault_words(code: str) -> str | None:
    """The sentence for a fault of ``read_mail``; None for codes that are not its own."""
    source = FAULTS.get(code)
    return _(source) if source else None
