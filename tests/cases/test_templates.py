"""Text modules: filled with what is known, kept in versions, as a table; suggestions; who is here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rundblick.cases import presence, suggesting
from rundblick.cases.models import Case, Inserted, Template
from rundblick.cases.suggesting import reject, settled, suggest
from rundblick.cases.templates import (
    TemplateError,
    TemplateStale,
    Told,
    filled,
    for_case,
    from_csv,
    insert,
    keep,
    open_places,
    retire,
    to_csv,
)
from rundblick.core.ids import uuid7
from rundblick.core.models import Event
from tests.people.house import House, a_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return a_house()


def a_text(name: str = "Delivery", text: str = "Dear {{customer_name}}", **more: str) -> Template:
    return keep(Told(name=name, text=text, **more), by=None)  # type: ignore[arg-type]


def test_places_are_filled_with_what_is_known_and_the_rest_stays_to_be_seen() -> None:
    text = "{{customer_name}}, {{ Team }}, {{due}} {{price}}"
    done = filled(text, {"customer_name": "{{due}} O'Neil", "team": "Support", "due": ""})
    assert done == "{{due}} O'Neil, Support, {{due}} {{price}}"
    assert open_places(done) == ["due"] and open_places("{{ price }} {x}") == []


def test_what_is_wrong_is_said_with_its_field() -> None:
    for told, where in (
        (Told(name=" ", text="x"), "name"),
        (Told(name="a" * 121, text="x"), "name"),
        (Told(name="a", text="\0 "), "text"),
        (Told(name="a", text="{{price}}"), "text"),
        (Told(name="a", text="x", language="fr"), "language"),
        (Told(name="a", text="x", channel="fax"), "channel"),
    ):
        with pytest.raises(TemplateError) as error:
            keep(told, by=None)
        assert error.value.where == where


def test_a_change_is_a_version_and_does_not_write_over_what_was_not_read() -> None:
    one = a_text()
    two = keep(Told(name="Delivery", text="Hello"), None, one, seen=1)
    assert two.version == 2 and [v.text for v in one.versions.order_by("version")] == [
        "Dear {{customer_name}}",
        "Hello",
    ]
    assert keep(Told(name="Delivery", text="Hello"), None, one, seen=2).version == 2
    with pytest.raises(TemplateStale):
        keep(Told(name="Delivery", text="Bye"), None, one, seen=1)


def test_a_case_gets_its_language_first_then_the_newest_used_and_no_other_teams(house: House) -> None:
    case = house.olgas
    Case.objects.filter(pk=case.pk).update(language="de", channel="email")
    case.refresh_from_db()
    english, german, used = a_text("B", language="en"), a_text("A", language="de"), a_text("Z", language="de")
    keep(Told(name="theirs", text="x", team=house.billing), None)
    retire(a_text("old"))
    a_text("called", channel="phone")
    assert insert(case, used, {"customer_name": "Anna"}) == "Dear Anna"
    assert [one.pk for one in for_case(case, [house.support.pk])] == [used.pk, german.pk, english.pk]
    found = a_text("Ärger über Straße", language="de")
    assert [one.pk for one in for_case(case, [], "STRASSE aerger")] == [found.pk]


def test_a_table_comes_back_as_it_went_out_and_wrong_rows_are_named(house: House) -> None:
    keep(Told(name="=Sum", text='Two\nlines; "quoted"', language="de", topic="Lieferung", team=house.support), None)
    table = to_csv(Template.objects.all())
    assert "'=Sum" in table
    assert from_csv(table, "t.csv", None).same == 1
    assert from_csv(table.replace("Two", "2"), "t.csv", None).changed == 1
    wrong = 'name;text;team\nGood;"a\nb";\n;no name;\nBad;x;Nobody\n'
    with pytest.raises(TemplateError) as error:
        from_csv(wrong, "t.csv", None)
    assert "t.csv, line 4, column name" in str(error.value) and "t.csv, line 5, column team" in str(error.value)
    assert Template.objects.count() == 1
    with pytest.raises(TemplateError, match="line 1"):
        from_csv("a,b\n", "t.csv", None)


def test_the_text_of_the_cases_topic_is_suggested_and_what_became_of_it_is_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, olga = house.olgas, house.olga.person
    Case.objects.filter(pk=case.pk).update(topic="Lieferung")
    case.refresh_from_db()
    one = a_text(topic="lieferung")
    a_text("other", topic="Rechnung")

    def broken(case: Case, teams: object) -> list[suggesting.Suggestion]:
        raise OSError

    monkeypatch.setattr(suggesting, "providers", [broken, suggesting.by_topic])
    assert [found.source for found in suggest(case, [])] == [f"template:{one.uuid}"]
    insert(case, one, {"customer_name": "Anna"}, suggested=True)
    settled(case, "Dear Anna\nit comes", olga)
    settled(case, "Hello Anna", olga)
    reject(case, f"template:{one.uuid}", olga)
    told = Event.objects.filter(kind__startswith="suggestion.").order_by("id").values_list("kind", flat=True)
    assert list(told) == ["suggestion.used", "suggestion.changed", "suggestion.rejected"]
    assert suggest(case, []) == [] and Inserted.objects.count() == 1


def test_who_has_a_case_open_is_seen_until_the_page_is_silent_or_left(house: House) -> None:
    case, olga, kurt, page = house.olgas, house.olga.person, house.kurt.person, uuid7()
    now = datetime.now(UTC)
    presence.here(case, kurt, page, writes=True, at=now)
    presence.here(case, kurt, uuid7(), writes=False, at=now)
    presence.here(case, olga, page, writes=False, at=now)  # a page of somebody else is not taken over
    assert presence.present([case.pk], olga.pk, now) == {case.pk: [presence.Present(kurt.pk, True)]}
    assert presence.present([case.pk], olga.pk, now + timedelta(seconds=30)) == {}
    presence.left(page, olga)
    assert presence.present([case.pk], None, now)[case.pk][0].writes
    presence.left(page, kurt)
    assert not presence.present([case.pk], None, now)[case.pk][0].writes
    presence.forget(now + timedelta(minutes=6))
    assert presence.present([case.pk], None, now) == {}
