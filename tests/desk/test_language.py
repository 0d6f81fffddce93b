"""German is complete, and no other room says the desk's words differently: at run time all catalogues are one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from rundblick import desk
from rundblick.core import catalogues

TEMPLATES = Path(desk.__file__).parent / "templates"

Key = tuple[str | None, str]


def translations(room: Path) -> dict[Key, object]:
    path = catalogues.catalogue_file(room, "de")
    if not path.exists():
        return {}
    with path.open("rb") as stream:
        return {_key(message): message.string for message in read_po(stream, locale="de") if message.id}


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


@pytest.mark.parametrize("other", [room for room in catalogues.rooms() if room.name != "desk"], ids=lambda r: r.name)
def test_no_room_translates_a_text_of_the_desk_differently(other: Path) -> None:
    ours = translations(catalogues.PACKAGE / "desk")
    theirs = translations(other)
    assert ours
    differing = {key: (ours[key], theirs[key]) for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]}
    assert differing == {}, "give one of the two a context"


def test_no_text_of_a_page_holds_a_tag_that_a_browser_would_swallow() -> None:
    """``translate`` gives its text as it stands: an address in angle brackets would vanish."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        texts = re.findall(r"""\{% translate (?:"([^"]*)"|'([^']*)')""", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {text}" for pair in texts for text in pair if "<" in text]
    assert found == []
