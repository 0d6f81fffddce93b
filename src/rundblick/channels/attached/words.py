"""Why a file's words are not known, in sentences."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

WHY: Final[dict[str, str]] = {
    "broken": gettext_noop("The file is damaged, or is not what its name says."),
    "died": gettext_noop("Reading it ended the program that read it."),
    "encrypted": gettext_noop("The file opens with a password only."),
    "failed": gettext_noop("Our reader failed at it. That is a defect of ours: please report it."),
    "ocr.failed": gettext_noop("Tesseract could not read the picture."),
    "ocr.too_long": gettext_noop("Tesseract needed more than a minute for the picture."),
    "old_office": gettext_noop("A file of Word, Excel or PowerPoint before 2007; those are not read."),
    "picture.too_large": gettext_noop("The picture has more than 60 million dots."),
    "too_large": gettext_noop("The file has more than 50 MB."),
    "too_long": gettext_noop("Reading it took too long."),
    "too_much_memory": gettext_noop("Reading it took too much memory."),
    "unknown": gettext_noop("A kind of file that has no words or that is not read: sound, film, programs, signatures."),
    "xml.entities": gettext_noop(
        "The file declares entities, as no program does that writes documents; it may be a bomb."
    ),
    "zip.bomb": gettext_noop("The file unpacks to far more than a document has."),
    "zip.too_many": gettext_noop("The file holds more than 5,000 others."),
}
"""By code of a refusal."""


def why(fault: str) -> str:
    """The sentence for a refusal; a code that nobody knows any more says itself."""
    return _(WHY[fault]) if fault in WHY else fault
