"""The check of the translations names what a German reader would stumble over."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from rundblick.core import catalogues

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    (folder / "templates" / "desk").mkdir(parents=True)
    return folder


def write_catalogue(room: Path, entries: str) -> Path:
    path = catalogues.catalogue_file(room, "de")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + entries, encoding="utf-8")
    return path


def test_a_text_in_code_without_german_is_named_with_its_line(room: Path) -> None:
    (room / "views.py").write_text('from x import gettext as _\n\ntitle = _("Inbox")\n')
    (problem,) = catalogues.check(room.parent)
    assert "views.py:3" in problem and "Inbox" in problem


def test_a_text_in_a_template_without_german_is_named(room: Path) -> None:
    page = "{% load i18n %}\n"
    page += '<h1>{% translate "Inbox" %}</h1>\n{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}\n'
    (room / "templates/desk/inbox.html").write_text(page)
    problems = catalogues.check(room.parent)
    assert [problem.split(": ")[-1] for problem in problems] == ["'Inbox'", "'Hello %(name)s'"]


def test_a_complete_catalogue_has_no_fault(room: Path) -> None:
    (room / "views.py").write_text(
        'a = _("Inbox")\nb = ngettext("%(n)s day", "%(n)s days", 2)\nc = pgettext("state", "Open")\n'
    )
    entries = 'msgid "Inbox"\nmsgstr "Posteingang"\n\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\n'
    entries += 'msgstr[0] "ein Tag"\nmsgstr[1] "%(n)s Tage"\n\nmsgctxt "state"\nmsgid "Open"\nmsgstr "Offen"\n'
    write_catalogue(room, entries)
    assert catalogues.check(room.parent) == []


def test_a_text_that_stands_twice_is_named_and_with_another_context_it_does_not(room: Path) -> None:
    (room / "views.py").write_text('a = _("to")\nb = pgettext("period", "to")\n')
    entries = 'msgid "to"\nmsgstr "an"\n\nmsgctxt "period"\nmsgid "to"\nmsgstr "bis"\n'
    write_catalogue(room, entries)
    assert catalogues.check(room.parent) == []
    write_catalogue(room, entries + '\nmsgid "to"\nmsgstr "bis"\n')
    (problem,) = catalogues.check(room.parent)
    assert "stands twice" in problem and ":11:" in problem


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('#, fuzzy\nmsgid "%(n)s left"\nmsgstr "%(n)s übrig"\n', "fuzzy"),
        ('msgid "%(n)s left"\nmsgstr ""\n', "not translated"),
        ('msgid "%(n)s left"\nmsgstr "noch etwas übrig"\n', "broken placeholders"),
        ('msgid "%(n)s left"\nmsgstr "%(m)s übrig"\n', "broken placeholders"),
    ],
)
def test_a_bad_translation_is_named(room: Path, entry: str, fault: str) -> None:
    (room / "views.py").write_text('a = _("%(n)s left")\n')
    write_catalogue(room, entry)
    (problem,) = catalogues.check(room.parent)
    assert fault in problem


def test_a_translation_that_nothing_uses_is_named(room: Path) -> None:
    write_catalogue(room, 'msgid "Gone"\nmsgstr "Weg"\n')
    (problem,) = catalogues.check(room.parent)
    assert "no longer used" in problem


@pytest.mark.parametrize(
    "page",
    [
        "<p>Nothing here</p>",
        '<img alt="A picture">',
        "{% if x %}Nothing{% endif %}",
        '<a title="{{ name }} wrote">{{ name }}</a>',
    ],
)
def test_words_outside_gettext_are_named(room: Path, page: str) -> None:
    (room / "templates/desk/page.html").write_text(f"<html>\n{page}\n</html>")
    (problem,) = catalogues.check(room.parent)
    assert "page.html:2" in problem and "outside gettext" in problem


@pytest.mark.parametrize(
    "page",
    [
        '<p class="text muted" data-x="a > b">{{ name }} &middot; 12 &nbsp;</p>',
        "<script>const word = 'here';</script><style>p { color: red }</style>",
        '{% block attributes %} hx-headers=\'{"X-Token": "{{ token }}"}\'{% endblock %}',
        "{# a remark #}{% comment %}more words{% endcomment %}<b>Rundblick</b>",
        "<p>Muster GmbH</p> {# untranslated: a name #}",
    ],
)
def test_markup_program_and_names_are_no_words(room: Path, page: str) -> None:
    (room / "templates/desk/page.html").write_text(page)
    assert catalogues.check(room.parent) == []


def test_update_adds_new_texts_keeps_translations_and_drops_unused_ones(room: Path) -> None:
    (room / "views.py").write_text('a = _("Inbox")\nb = _("Search")\n')
    path = write_catalogue(room, 'msgid "Inbox"\nmsgstr "Posteingang"\n\nmsgid "Gone"\nmsgstr "Weg"\n')
    catalogues.update(room.parent)
    text = path.read_text()
    assert "Posteingang" in text and "Gone" not in text
    (problem,) = catalogues.check(room.parent)
    assert "not translated" in problem and "Search" in problem


def test_compiled_catalogues_are_found_by_gettext_and_compiled_once(room: Path) -> None:
    (room / "views.py").write_text('a = _("Inbox")\n')
    write_catalogue(room, 'msgid "Inbox"\nmsgstr "Posteingang"\n')
    assert catalogues.compile_all(room.parent) == 1
    assert catalogues.compile_all(room.parent) == 0
    assert gettext.translation("django", str(room / "locale"), ["de"]).gettext("Inbox") == "Posteingang"
