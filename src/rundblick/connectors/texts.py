"""What readers have to say, in words: one sentence per code, with what to do. English source texts, by gettext."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rundblick.connectors.mapping import Problem
from rundblick.connectors.notes import Note
from rundblick.core.message import Unreadable

RULE_OF_FIVE: Final = 5  # a value that stands in fewer rows may name a person and is not shown

_MAPPING: Final[dict[str, str]] = {
    "mapping.no_file": gettext_noop("The mapping file cannot be opened (%(why)s). Check the path given with --map."),
    "mapping.too_long": gettext_noop(
        "The mapping file is longer than %(limit)s bytes. Is it the right file? A mapping only names columns."
    ),
    "mapping.not_utf8": gettext_noop("The mapping file is not UTF-8 here. Save it as UTF-8."),
    "mapping.not_toml": gettext_noop(
        "This is no TOML (column %(column)s): %(why)s. Texts need quotes, names need an = behind."
    ),
    "mapping.unknown_key": gettext_noop(
        'There is no key "%(key)s" here%(near)s. Known are: %(known)s. Remove it or correct its name.'
    ),
    "mapping.wrong_type": gettext_noop('"%(key)s" must be a %(wanted)s, not a %(got)s.'),
    "mapping.version": gettext_noop(
        "This mapping has version %(got)s, this program reads version %(known)s. "
        "Write a new one with: rundblick map FOLDER"
    ),
    "mapping.timezone": gettext_noop('There is no time zone "%(got)s"%(near)s. Use a name such as "Europe/Berlin".'),
    "mapping.not_one_of": gettext_noop('"%(got)s" cannot be a value of "%(key)s". Possible are: %(known)s.'),
    "mapping.file_is_no_list": gettext_noop("Each file has its own [[file]], with two brackets on each side."),
    "mapping.empty": gettext_noop("The mapping names no file. Add a [[file]] for each one to be read."),
    "mapping.missing_key": gettext_noop('This [[file]] has no "%(key)s". Add it.'),
    "mapping.outside": gettext_noop(
        '"%(name)s" leads out of the folder. Give names relative to the folder, with / and without .. or a drive.'
    ),
    "mapping.meaning": gettext_noop('A row cannot be "%(got)s"%(near)s. Possible are: %(known)s.'),
    "mapping.system": gettext_noop(
        '"%(got)s" is no code of a system: lower case letters, digits, _ - . and at most 40 of them.'
    ),
    "mapping.encoding": gettext_noop(
        'There is no encoding "%(got)s". Usual ones: utf-8, cp1252, utf-16. Without it, it is found out.'
    ),
    "mapping.delimiter": gettext_noop(
        '"%(got)s" cannot be a delimiter: one character that is no quote and no line end.'
    ),
    "mapping.dates": gettext_noop(
        '"%(got)s" is no order of dates%(near)s. Use %(known)s, or a pattern such as "%%d.%%m.%%Y %%H:%%M".'
    ),
    "mapping.unknown_field": gettext_noop('"%(means)s" has no field "%(field)s"%(near)s. Its fields: %(known)s.'),
    "mapping.missing_field": gettext_noop(
        '"%(means)s" needs the field "%(field)s". Name its column under [file.columns].'
    ),
    "mapping.no_columns_here": gettext_noop('"%(means)s" has no columns. Remove them, or correct what a row is.'),
    "mapping.only_mail": gettext_noop('"%(key)s" belongs to mail only. Remove it here.'),
    "mapping.time_alone": gettext_noop('"%(field)s" needs "%(base)s": the column of the date that it is the time of.'),
    "mapping.column_and_fixed": gettext_noop('"%(field)s" has a column and a fixed value. Keep one of the two.'),
    "mapping.too_many_columns": gettext_noop('"%(field)s" takes at most %(most)s columns: the one of today first.'),
    "mapping.identifier": gettext_noop('There is no kind of identifier "%(got)s"%(near)s. Possible are: %(known)s.'),
    "mapping.no_facts_here": gettext_noop(
        'Only "customers" have facts of their own; "%(means)s" has none. Move [file.facts] to a list of customers.'
    ),
    "mapping.fact_taken": gettext_noop(
        '"%(name)s" has a meaning of its own. Name it under [file.columns] or [file.identifiers], or call it otherwise.'
    ),
    "mapping.fact_name": gettext_noop(
        '"%(name)s" cannot be the name of a fact: lower case letters, digits and _, at most 40, a letter first.'
    ),
    "mapping.no_promise": gettext_noop(
        "[promise] promises nothing. Add reaction_hours or resolution_hours, for all cases or in a [[promise.level]]."
    ),
    "mapping.no_target": gettext_noop(
        "This [[promise.level]] promises nothing. Add reaction_hours, resolution_hours or both."
    ),
    "mapping.level_is_no_list": gettext_noop(
        "Each level has its own [[promise.level]], with two brackets on each side."
    ),
    "mapping.hours_are_a_number": gettext_noop(
        '"%(key)s" must be a number of opening hours, without quotes. With nine hours a day, three days are 27.'
    ),
    "mapping.hours_out_of_range": gettext_noop(
        '"%(key)s" cannot be %(got)s: more than 0 and at most %(most)s opening hours.'
    ),
    "mapping.resolved_before_reaction": gettext_noop(
        "The resolution is promised sooner than the reaction. A resolution is a reaction too: correct one of them."
    ),
    "mapping.closed_is_no_list": gettext_noop('"closed" must be a list of days, such as [2026-12-24, 2026-12-31].'),
    "mapping.no_day": gettext_noop('"%(got)s" is no day. Write it as 2026-12-24.'),
    "mapping.calendar": gettext_noop("No clock can run by this: %(why)s"),
    "mapping.never_open": gettext_noop("These hours are never open, so no clock would ever run."),
    "mapping.no_column": gettext_noop(
        '%(file)s has no column "%(column)s"%(near)s. Its columns: %(columns)s. Correct the name in the mapping.'
    ),
    "mapping.wrong_kind": gettext_noop(
        '%(file)s was found to be "%(got)s", but its entry needs "%(wanted)s". Correct "is" or the file\'s name.'
    ),
    "mapping.no_file_for": gettext_noop(
        'No file is called "%(name)s" (line %(line)s of the mapping). Nothing was read for this entry.'
    ),
}

_FILES: Final[dict[str, str]] = {
    "file.empty": gettext_noop("The file is empty or has only a header."),
    "file.binary": gettext_noop("The file is no text, whatever its name says. Export it again, or leave it out."),
    "file.unreadable": gettext_noop("The file cannot be opened: %(why)s."),
    "file.outside": gettext_noop("The file is a link that leads out of the folder. Copy the file into it."),
    "file.unknown_kind": gettext_noop("A kind of file that is not read. Tables, mails and archives of them are."),
    "file.not_mapped": gettext_noop(
        'Not read: no entry of the mapping names this file. Add one, or set is = "ignore".'
    ),
    "file.truncated": gettext_noop(
        "The file breaks off after %(at)s unpacked bytes. What came before was read. Copy or export it again."
    ),
    "file.damaged": gettext_noop(
        "The packed file is damaged after %(at)s unpacked bytes. What came before was read. Copy or export it again."
    ),
    "file.too_large": gettext_noop("The unpacked file is larger than %(limit)s bytes. Export it in parts."),
    "file.too_much_memory": gettext_noop(
        "Reading needed too much memory (row %(row)s). Export the file as CSV, or in parts."
    ),
    "file.too_slow": gettext_noop("Reading took too much time (row %(row)s). Export the file as CSV, or in parts."),
    "file.reader_silent": gettext_noop(
        "Reading stood still for %(seconds)s seconds after row %(row)s and was ended. "
        "Look at that row, or export again."
    ),
    "file.reader_died": gettext_noop(
        "The process that read this file died at row %(row)s (code %(code)s). What came before was read."
    ),
    "file.reader_failed": gettext_noop(
        "An error of this program ended the reading at row %(row)s (%(error)s). Please report it."
    ),
    "folder.too_many": gettext_noop("The folder holds more than %(limit)s files. Give a smaller one."),
    "zip.broken": gettext_noop("The archive is broken. Copy or pack it again."),
    "zip.encrypted": gettext_noop("The archive has a password. Unpack it into the folder."),
    "zip.empty": gettext_noop("The archive holds no file."),
    "zip.nested": gettext_noop("An archive inside an archive is not read. Unpack it into the folder."),
    "zip.too_many": gettext_noop("The archive holds %(count)s files, more than %(limit)s. Unpack it into the folder."),
    "excel.encrypted": gettext_noop("The workbook has a password. Save it without one."),
    "excel.old": gettext_noop("A workbook of Excel 97 to 2003 (.xls). Save it as .xlsx."),
    "excel.binary": gettext_noop("A binary workbook (.xlsb). Save it as .xlsx."),
    "excel.broken": gettext_noop("The workbook is broken. Open it in a table program and save it again."),
    "excel.no_sheet": gettext_noop('The workbook has no sheet "%(sheet)s". Its sheets: %(names)s.'),
    "parquet.broken": gettext_noop("The file is no Parquet or is broken. Export it again."),
    "parquet.damaged": gettext_noop(
        "The file is damaged from row %(row)s on. What came before was read. Export it again."
    ),
    "json.broken": gettext_noop(
        "This is no JSON from character %(at)s on. What came before was read. Export it again."
    ),
    "json.no_table": gettext_noop("This JSON holds no list of objects, so it is no table."),
    "json.no_sheet": gettext_noop('There is no list "%(sheet)s" in this file. Its lists: %(names)s.'),
    "header.too_wide": gettext_noop("The header has %(columns)s columns, more than %(limit)s. Is the delimiter right?"),
    "archive.truncated": gettext_noop(
        "The archive of mails breaks off after %(at)s bytes (mail %(row)s). What came before was read."
    ),
    "archive.damaged": gettext_noop(
        "The archive of mails is damaged after %(at)s bytes (mail %(row)s). What came before was read."
    ),
    "archive.unreadable": gettext_noop("The archive of mails cannot be opened."),
}

_REMARKS: Final[dict[str, str]] = {
    "encoding.found": gettext_noop("Read as %(encoding)s."),
    "encoding.mixed": gettext_noop("Lines that are not %(encoding)s: %(count)s; they were read as %(other)s."),
    "delimiter.found": gettext_noop('Columns are separated by "%(delimiter)s".'),
    "delimiter.unsure": gettext_noop(
        'Columns seem to be separated by "%(delimiter)s", but rows differ. Set delimiter in the mapping.'
    ),
    "columns.doubled": gettext_noop('The column "%(column)s" stands twice; the second one is called "%(second)s".'),
    "columns.absent": gettext_noop('No object of the file has "%(column)s"; it is taken as unknown.'),
    "columns.late": gettext_noop(
        'The column "%(column)s" appears only later in the file and is not read (rows with it: %(count)s).'
    ),
    "header.below": gettext_noop("The header stands in line %(line)s; what is above was passed over."),
    "text.nul_removed": gettext_noop("NUL characters removed: %(count)s."),
    "text.mojibake": gettext_noop(
        "Texts look as if they had been read with the wrong charset once (%(cells)s cells). To repair them, "
        'look first, then set mojibake = "%(kind)s" in the mapping.'
    ),
    "text.repaired": gettext_noop("Rows whose texts were repaired (mojibake, %(kind)s): %(count)s."),
    "row.empty": gettext_noop("Empty rows passed over: %(count)s."),
    "row.empty_cells_behind": gettext_noop(
        "Rows with empty cells behind the last column, which were dropped: %(count)s."
    ),
    "dates.guessed": gettext_noop(
        'Dates in "%(column)s" are taken as %(order)s: the order of the rows speaks for it, no value proves it.'
    ),
    "dates.ambiguous": gettext_noop(
        'Dates in "%(column)s" could be day-first or month-first; %(order)s was assumed. Set dates in the mapping.'
    ),
    "dates.mixed": gettext_noop(
        'Dates in "%(column)s" are written in both orders; %(order)s was assumed. Some will be unreadable or wrong.'
    ),
    "decimal.guessed": gettext_noop(
        'Numbers in "%(column)s" could be thousands or decimals; "%(sign)s" was taken as the decimal sign.'
    ),
    "scale.assumed": gettext_noop(
        "The scale of the values was assumed to be %(low)s to %(high)s. Map low and high to be sure."
    ),
    "values.unmapped": gettext_noop(
        '"%(value)s" in "%(column)s" stands under no [file.values.%(field)s] and is taken as unknown (rows: %(count)s).'
    ),
    "values.unmapped_rare": gettext_noop(
        'Rare values in "%(column)s" stand under no [file.values.%(field)s] and are taken as unknown (rows: %(count)s).'
    ),
    "identifier.unreadable": gettext_noop(
        'Values in "%(column)s" that are no %(kind)s: %(count)s; kept as text, not used to find customers.'
    ),
    "fact.unreadable": gettext_noop('Dates in "%(column)s" that cannot be read: %(count)s; taken as unknown.'),
    "excel.other_sheets": gettext_noop('Only the sheet "%(sheet)s" is read; the others are: %(names)s.'),
    "excel.formula_without_value": gettext_noop(
        'Formulas in "%(column)s" have no saved result. Open the file in a table program and save it.'
    ),
    "json.other_array": gettext_noop('Only the first list is read; "%(name)s" is another one (choose with sheet).'),
}

_ROWS: Final[dict[str, str]] = {
    "row.ragged": gettext_noop(
        "Cells: %(cells)s, columns in the header: %(columns)s. Often a delimiter or a line end stands inside a text."
    ),
    "row.quote": gettext_noop("A quote is opened and not closed."),
    "row.too_long": gettext_noop("The line is longer than %(limit)s bytes."),
    "row.no_json": gettext_noop("The line is no JSON."),
    "row.no_object": gettext_noop("The element is no object."),
    "value.date": gettext_noop(
        'A value in "%(column)s" is no date or time. Set dates in the mapping if its form is unusual.'
    ),
    "value.number": gettext_noop('A value in "%(column)s" is no number.'),
    "value.count": gettext_noop('A value in "%(column)s" is no whole number from 0 on.'),
    "value.missing": gettext_noop('"%(column)s" is empty or unknown, and the row says nothing without it.'),
    "value.range": gettext_noop('A value in "%(column)s" is not between %(low)s and %(high)s.'),
}

CODES: Final = {**_MAPPING, **_FILES, **_REMARKS, **_ROWS}


def note_text(note: Note) -> str:
    """A remark or a fault in words, in the reader's language."""
    source = CODES.get(note.code)
    if source is None:
        return " ".join([note.code, *(f"{k}={v}" for k, v in note.values.items())])
    values = {**note.values, "count": str(note.count)}
    if "near" in values:
        values["near"] = _(' (did you mean "%(near)s"?)') % {"near": values["near"]} if values["near"] else ""
    for key in ("wanted", "got"):
        if note.code == "mapping.wrong_type":
            values[key] = _type_word(values[key])
    return _(source) % _Lenient(values)


def problem_text(problem: Problem) -> str:
    """A problem of a mapping file in words, with file and line."""
    said = note_text(problem.note)
    if not problem.line:
        return f"{problem.path}: {said}"
    return _("%(path)s, line %(line)s: %(said)s") % {"path": problem.path, "line": problem.line, "said": said}


def fault_text(fault: Unreadable) -> str:
    """Why a row could not be read, in words, with its row and line where they are known."""
    said = note_text(Note(fault.fault, fault.detail))
    line = fault.detail.get("line")
    if line:
        return _("row %(row)s (line %(line)s): %(said)s") % {"row": fault.row, "line": line, "said": said}
    return _("row %(row)s: %(said)s") % {"row": fault.row, "said": said}


def remark_texts(notes: Iterable[Note]) -> list[str]:
    """Remarks of a file in words. Unmapped values that fewer than five rows hold are shown as a count only."""
    texts: list[str] = []
    rare: dict[tuple[str, str], int] = {}
    for note in notes:
        if note.code == "values.unmapped" and note.count < RULE_OF_FIVE:
            key = (note.values.get("column", ""), note.values.get("field", ""))
            rare[key] = rare.get(key, 0) + note.count
        else:
            texts.append(note_text(note))
    for (column, field), count in rare.items():
        texts.append(note_text(Note("values.unmapped_rare", {"column": column, "field": field}, count)))
    return texts


class _Lenient(dict[str, str]):
    """A value that a sentence wants and a note does not have is shown as a gap, not as an error about an error."""

    def __missing__(self, key: str) -> str:
        return "?"


def _type_word(name: str) -> str:
    words = {
        "text": _("text in quotes"),
        "list": _("list of texts"),
        "table": _("table"),
        "flag": _("true or false"),
        "number": _("number"),
        "date": _("date"),
    }
    return words.get(name, name)
