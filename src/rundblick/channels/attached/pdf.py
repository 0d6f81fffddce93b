"""PDF: the words that it holds, and pictures of the pages that hold none (a scan), for OCR.

PDFium does both, with the same eyes as the browser that an agent would open the file in; it is used in the child only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rundblick.channels.attached.told import Gathering, Refused, Told, clean, gathered

if TYPE_CHECKING:
    pass

PAGES: Final = 500  # that are read; more are a book
SCANNED: Final = 30  # pages of one file that OCR looks at
_WORDS: Final = 20  # signs; a page with fewer is a picture with a page number
_DOTS: Final = 300 / 72  # of a page that is put before OCR, per point
_PIXELS: Final = 12_000_000  # of one page: A4 at 300 dots an inch has 8.7 million


def read_pdf(data: bytes) -> Told:
    """The words of a PDF; ``ocr`` when it has pages that are pictures. Raises Refused."""
    scanned = False

    def fill(into: Gathering) -> None:
        nonlocal scanned
        for number, page in _pages(data):
            text = _text(page)
            if number < SCANNED and len(clean(text)) < _WORDS and _has_picture(page):
                scanned = True
            into.add(text + "\n")

    told = gathered("pdf", fill)
    return Told(told.kind, told.text, ocr=scanned and not told.cut, cut=told.cut)


def scanned_pages(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Page by page the words that it holds, and its picture as PGM where it holds none (b"" where it does)."""
    for number, page in _pages(data):
        text = _text(page)
        picture = b""
        if number < SCANNED and len(clean(text)) < _WORDS and _has_picture(page):
            picture = _grey(page)
        yield text, picture


def _pages(data: bytes) -> Iterator[tuple[int, Any]]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "broken") from None
    with document:
        for number in range(min(len(document), PAGES)):
            try:
                page = document[number]
            except pdfium.PdfiumError:
                continue  # one broken page; the others have words
            yield number, page
            page.close()


def _text(page: Any) -> str:
    part = page.get_textpage()
    try:
        return str(part.get_text_range())
    finally:
        part.close()


def _has_picture(page: Any) -> bool:
    from pypdfium2 import raw

    kinds = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH)  # letters drawn as lines are words too
    return next(iter(page.get_objects(filter=kinds, max_depth=3)), None) is not None


def _grey(page: Any) -> bytes:
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        return b""
    scale = min(_DOTS, (_PIXELS / (width * height)) ** 0.5)
    if width * scale < 8 or height * scale < 8:
        return b""
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    try:
        lines = memoryview(bitmap.buffer)
        wide, high, stride = bitmap.width, bitmap.height, bitmap.stride
        rows = b"".join(bytes(lines[y * stride : y * stride + wide]) for y in range(high))
    finally:
        bitmap.close()
    return b"P5 %d %d 255\n" % (wide, high) + rows
