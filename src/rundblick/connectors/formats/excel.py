"""Excel workbooks (.xlsx, .xlsm): one sheet as a table, streamed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import IO, Any, Final

from rundblick.connectors.formats import BATCH, MAX_COLUMNS, Batch, Cell, plain_cell, unique_columns
from rundblick.connectors.notes import FileFault, Note, Notes
from rundblick.core.envelope import Span
from rundblick.core.message import Unreadable

OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SURVEYED: Final = 200
_MIDNIGHT = time(0)


class ExcelTable:
    """A sheet of a workbook: ``sheet`` by name, else the first one that holds a table.

    Formulas give the value that Excel saved with them; where a program saved none, that is told. The header is the
    first row that is about as full as the table is wide, so a title or merged cells above it are passed over.
    """

    def __init__(self, file: IO[bytes], size: int, sheet: str = "") -> None:
        import openpyxl  # 0.3 s: only when an Excel file is met

        self._notes = Notes()
        self._size = size
        self._done = 0
        refuse_old(file)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it drops
                self._book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError, AttributeError, EOFError):
            raise FileFault("excel.broken") from None
        names = self._book.sheetnames
        if sheet and sheet not in names:
            raise FileFault("excel.no_sheet", sheet=sheet, names=", ".join(names))
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        head: list[tuple[Any, ...]] = []
        for name in [sheet] if sheet else names:
            worksheet = self._book[name]
            if not hasattr(worksheet, "iter_rows"):
                continue  # a sheet that is a chart
            worksheet.reset_dimensions()  # some programs write a wrong size
            self._rows = self._safely(worksheet.iter_rows(values_only=True))
            head = self._take(SURVEYED)
            self._total = max(worksheet.max_row or 0, 1)
            if any(_filled(row) for row in head):
                self._sheet = name
                break
        else:
            raise FileFault("file.empty")
        others = [name for name in names if name != self._sheet]
        if others and not sheet:
            self._notes.add("excel.other_sheets", sheet=self._sheet, names=", ".join(others)[:200])
        start = _header_row(head)
        names_row = [_name(cell) for cell in head[start]]
        while names_row and not names_row[-1]:
            names_row.pop()
        if len(names_row) > MAX_COLUMNS:
            raise FileFault("header.too_wide", columns=str(len(names_row)), limit=str(MAX_COLUMNS))
        if start:
            self._notes.add("header.below", line=str(start + 1))
        self.header, doubled = unique_columns(names_row)
        for name in doubled:
            self._notes.add("columns.doubled", column=name, second=f"{name}#2")
        self._head = head[start + 1 :]
        self._line = start + 1
        self._dates = self._date_columns()
        self._formulas(file, start)

    @property
    def position(self) -> int:
        """Estimated: the rows read, as their share of the sheet's rows."""
        return min(self._size, self._size * self._done // max(self._total, self._done, 1))

    def notes(self) -> tuple[Note, ...]:
        return self._notes.all()

    def batches(self) -> Iterator[Batch]:
        width, number = len(self.header), 0
        rows, fault = self._head, None
        self._head = []
        while rows:
            batch = Batch()
            for row in rows:
                self._line += 1
                cells: list[Cell] = [plain_cell(cell) for cell in row[:width]]
                over = any(cell not in (None, "") for cell in row[width:])
                if not over and all(cell == "" or (type(cell) is str and not cell.strip()) for cell in cells):
                    continue
                number += 1
                if over:
                    detail = {"line": str(self._line), "cells": str(len(row)), "columns": str(width)}
                    batch.bad.append(Unreadable(fault="row.ragged", detail=detail, row=number, span=Span(number)))
                    continue
                cells += [""] * (width - len(cells))
                for place in self._dates:
                    value = cells[place]
                    if isinstance(value, datetime) and value.time() == _MIDNIGHT:
                        cells[place] = value.date()
                batch.rows.append(cells)
                batch.numbers.append(number)
            batch.last = number
            self._done = self._line
            if batch.rows or batch.bad:
                yield batch
            try:
                rows = self._take(BATCH)
            except FileFault as broken:
                rows, fault = [], broken
        self._book.close()
        if fault is not None:
            raise fault

    def _take(self, count: int) -> list[tuple[Any, ...]]:
        taken = []
        for row in self._rows:
            taken.append(row)
            if len(taken) >= count:
                break
        return taken

    def _safely(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        try:
            yield from rows
        except (SyntaxError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile, EOFError, OSError):
            raise FileFault("excel.broken") from None

    def _date_columns(self) -> list[int]:
        """Columns whose every time is a midnight: dates, which Excel does not tell from times."""
        found = []
        for place in range(len(self.header)):
            times = [row[place] for row in self._head if place < len(row) and isinstance(row[place], datetime)]
            if times and all(value.time() == _MIDNIGHT for value in times):
                found.append(place)
        return found

    def _formulas(self, file: IO[bytes], start: int) -> None:
        """Tell columns whose formulas have no saved value, seen in the first rows."""
        import openpyxl

        empty = [place for place in range(len(self.header)) if all(_at(row, place) is None for row in self._head)]
        if not empty or not self._head:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        worksheet = book[self._sheet]
        worksheet.reset_dimensions()
        for row in worksheet.iter_rows(min_row=start + 2, max_row=start + 12, values_only=True):
            for place in list(empty):
                value = _at(row, place)
                if isinstance(value, str) and value.startswith("="):
                    self._notes.add("excel.formula_without_value", column=self.header[place])
                    empty.remove(place)


def refuse_old(file: IO[bytes]) -> None:
    """Raise ``FileFault`` for what is no .xlsx: an encrypted workbook or one of Excel 97 to 2003."""
    head = file.read(1 << 16)
    file.seek(0)
    if head.startswith(OLD_OFFICE):
        file.seek(0, 2)
        tail_at = max(0, file.tell() - (1 << 20))
        file.seek(tail_at)
        whole = head + file.read(1 << 20)
        file.seek(0)
        encrypted = "EncryptedPackage".encode("utf-16-le") in whole
        raise FileFault("excel.encrypted" if encrypted else "excel.old")


def _at(row: tuple[Any, ...], place: int) -> Any:
    return row[place] if place < len(row) else None


def _filled(row: tuple[Any, ...]) -> int:
    return sum(1 for cell in row if cell not in (None, ""))


def _name(cell: Any) -> str:
    return "" if cell is None else str(plain_cell(cell)).strip()


def _header_row(rows: list[tuple[Any, ...]]) -> int:
    """The place of the header: the first row of texts that is at least 60 % as full as the fullest row."""
    fullest = max(_filled(row) for row in rows)
    for place, row in enumerate(rows[:30]):
        texts = sum(1 for cell in row if isinstance(cell, str) and cell.strip())
        if texts * 10 >= fullest * 6:
            return place
    return next(place for place, row in enumerate(rows) if _filled(row))
