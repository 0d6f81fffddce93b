"""Files as people attach them, and as they should not be, made on the spot."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage

import openpyxl
import typst

WORDS = "Kühlschranklieferung nach Flensburg"


def zipped(members: dict[str, str | bytes], level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(*paragraphs: str, before: str = "", footer: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<?xml version="1.0"?>{before}<w:document {_W}><w:body>{body}</w:body></w:document>',
    }
    if footer:
        members["word/footer1.xml"] = f"<w:ftr {_W}><w:p><w:r><w:t>{footer}</w:t></w:r></w:p></w:ftr>"
    return zipped(members)


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def odt(*paragraphs: str, kind: str = "text") -> bytes:
    body = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": '<?xml version="1.0"?><office:document-content '
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>unseen'
            f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>",
        }
    )


def pptx(*slides: str) -> bytes:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    return zipped(
        {
            f"ppt/slides/slide{n}.xml": f"<p {a}><a:p><a:r><a:t>{t}</a:t></a:r></a:p></p>"
            for n, t in enumerate(slides, 1)
        }
    )


def pdf(*pages: str) -> bytes:
    source = "#set page(width: 12cm, height: 6cm)\n" + "\n#pagebreak()\n".join(pages)
    made = typst.compile(source.encode(), format="pdf")
    assert isinstance(made, bytes)
    return made


def png(text: str, size: str = "24pt") -> bytes:
    """A picture of a text."""
    source = f"#set page(width: auto, height: auto, margin: 12pt)\n#set text(size: {size})\n{text}"
    made = typst.compile(source.encode(), format="png", ppi=144)
    assert isinstance(made, bytes)
    return made


def blank_png(wide: int, high: int) -> bytes:
    """A white picture; a huge one packs to little."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * ((wide + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(min(high, 64))) + packer.flush()
    head = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def scan(text: str, beside: str = "") -> bytes:
    """A PDF whose page is a picture of a text, as a scanner makes it; ``beside``: a page of words after it."""
    grey = _grey(pdf(f"#set text(size: 20pt)\n{text}"))
    wide, high, rows = grey
    packed = zlib.compress(rows)
    page = b"q 360 0 0 180 0 0 cm /Scan Do Q"
    letters = f"BT /F 12 Tf 20 90 Td ({beside}) Tj ET".encode()
    kids = b"3 0 R 6 0 R" if beside else b"3 0 R"
    return _document(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, 2 if beside else 1),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 360 180]/Contents 4 0 R/Resources<</XObject<</Scan 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (wide, high, len(packed), packed),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 360 180]/Contents 7 0 R"
        b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(letters), letters),
    )


def _grey(made: bytes) -> tuple[int, int, bytes]:
    import pypdfium2

    with pypdfium2.PdfDocument(made) as document:
        bitmap = document[0].render(scale=3, grayscale=True)
        lines, wide = memoryview(bitmap.buffer), bitmap.width
        rows = b"".join(bytes(lines[y * bitmap.stride : y * bitmap.stride + wide]) for y in range(bitmap.height))
        return wide, bitmap.height, rows


def _document(*objects: bytes) -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def eml(subject: str, text: str, attached: str = "") -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "Anna Muster <anna@kunde.example>", "service@muster.example"
    mail.set_content(text)
    if attached:
        mail.add_attachment(b"1234", maintype="application", subtype="octet-stream", filename=attached)
    return mail.as_bytes()
