"""``rundblick search attachments``: how far the reading of attachments is."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def tell_attachments(again: bool) -> int:
    """How many are read, wait, or were refused, and why. ``again``: let the refused ones be tried again."""
    from rundblick.channels.attached.standing import read_again, standing
    from rundblick.channels.attached.words import why

    if again:
        count = read_again()
        print(ngettext("%(n)s file is tried again.", "%(n)s files are tried again.", count) % {"n": count})
    told = standing()
    for label, count in (
        (_("read"), told.read),
        (_("nothing in it"), told.empty),
        (_("waiting"), told.waiting),
        (_("waiting for OCR"), told.ocr),
        (_("refused"), sum(told.refused.values())),
    ):
        print(f"{count:>9}  {label}")
    for fault, count in told.refused.items():
        print(f"{count:>9}    {fault}: {why(fault)}")
    if told.cut:
        print(_("%(n)s of them have more words than the 200,000 signs that are kept.") % {"n": told.cut})
    if not told.spoken:
        print(
            _("Tesseract is not installed: pictures and scanned pages wait. On Debian and Ubuntu:")
            + " apt-get install tesseract-ocr tesseract-ocr-deu"
        )
    elif "deu" not in told.spoken:
        print(
            _("Tesseract reads English only here. For German, on Debian and Ubuntu:")
            + " apt-get install tesseract-ocr-deu"
        )
    return 0
