"""A workbook of one sheet, written by hand: openpyxl stamps the time of writing into the file."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_STAMP = (2026, 11, 2, 7, 30, 0)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OOXML = "http://schemas.openxmlformats.org"
_PACKAGE = f"{_OOXML}/package/2006"
_OFFICE = f"{_OOXML}/officeDocument/2006/relationships"
_SHEETS = f"{_OOXML}/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _relations(kind: str, target: str) -> str:
    return (
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


_FIXED = {
    "[Content_Types].xml": (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
}


class Excel:
    """One sheet, held until it is closed: for small tables only."""

    def __init__(self, path: Path, header: Sequence[str], sheet: str) -> None:
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._sheet = path, sheet
        self._held: list[Sequence[Any]] = [header]

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._held.extend(rows)
        self.rows += len(rows)

    def close(self) -> None:
        parts = [f'{_XML}<worksheet xmlns="{_SHEETS}"><sheetData>']
        for number, row in enumerate(self._held, 1):
            filled = ((at, value) for at, value in enumerate(row) if value not in ("", None))
            cells = "".join(_cell(f"{_letters(at)}{number}", value) for at, value in filled)
            parts.append(f'<row r="{number}">{cells}</row>')
        parts.append("</sheetData></worksheet>")
        workbook = (
            f'{_XML}<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{escape(self._sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        files = {**_FIXED, "xl/workbook.xml": workbook, "xl/worksheets/sheet1.xml": "".join(parts)}
        with zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in files.items():
                package.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)


def _letters(index: int) -> str:
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(ref: str, value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<c r="{ref}"><v>{value}</v></c>'
    return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
