"""The models at the desk: what they weigh, what one would change side by side, into force and back."""

from __future__ import annotations

import re

import msgspec
import pytest
from django.test import Client

from rundblick.customers.models import MatchJob, MatchModel
from rundblick.customers.weighed.running import keep_model, look, match, model_in_force
from rundblick.customers.weighed.working import ask, take_up
from rundblick.desk.pages.models import bars
from tests.customers.known import come, partition
from tests.customers.test_working import other_model
from tests.customers.town import learned, town
from tests.desk.test_pages import client_of, text_of
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(db: None) -> Client:
    return client_of(a_user("Maria", "manager"))


@pytest.fixture
def matched() -> str:
    """A town whose customers were found; gives the version of a second model beside the one in force."""
    come(*town(60, seed=8)[0])
    match(look(learned()))
    return keep_model(other_model()).version


def test_a_model_is_looked_at_previewed_put_into_force_and_taken_back(maria: Client, matched: str) -> None:
    before = partition()
    words = text_of(maria.get("/models/"))
    assert matched in words and "in force" in words
    words = text_of(maria.get(f"/models/{matched}/"))
    assert "First name" in words and "a short form" in words and "Put into force" in words
    waiting = maria.post(f"/models/{matched}/preview/", follow=True)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    take_up()
    job = MatchJob.objects.get()
    page = maria.get(f"/models/jobs/{job.uuid}/?kind=split").content.decode()
    assert f"{job.splits} splits" in page and 'hx-trigger="every 2s"' not in page
    links = re.findall(rf"/models/jobs/{job.uuid}/(\d+)/", page)
    assert len(links) == min(25, job.splits)
    side = text_of(maria.get(f"/models/jobs/{job.uuid}/{links[0]}/"))
    assert "Would become several" in side and "Together" in side
    maria.post(f"/models/{matched}/adopt/")
    take_up()
    assert partition() != before and model_in_force() == MatchModel.objects.get(version=matched)
    page = maria.get("/models/").content.decode()
    (run,) = re.findall(r"/models/runs/([0-9a-f-]+)/undo/", page)
    maria.post(f"/models/runs/{run}/undo/")
    take_up()
    assert partition() == before


def test_pages_of_changes_follow_each_other_without_gap(
    maria: Client, matched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rundblick.desk.pages.models.PAGE", 7)
    job = ask(MatchJob.PREVIEW, None, model=MatchModel.objects.get(version=matched).pk)
    take_up()
    address, seen = f"/models/jobs/{job.uuid}/?kind=split", []
    while address:
        page = maria.get(address).content.decode()
        seen += re.findall(rf"/models/jobs/{job.uuid}/(\d+)/", page)
        older = re.search(r'href="(\?kind=split&amp;after=[0-9.]+)"', page)
        address = f"/models/jobs/{job.uuid}/{older[1].replace('&amp;', '&')}" if older else ""
    job.refresh_from_db()
    assert len(seen) == len(set(seen)) == job.splits > 7


def test_what_cannot_be_done_is_said(maria: Client, matched: str) -> None:
    in_force = MatchModel.objects.get(in_force=True).version
    assert "in force already" in text_of(maria.post(f"/models/{in_force}/adopt/", follow=True))
    maria.post("/models/learn/")
    assert "Another job" in text_of(maria.post("/models/learn/", follow=True))


def test_without_a_model_the_page_says_what_to_do(maria: Client) -> None:
    assert "No model was learned yet" in text_of(maria.get("/models/"))


def test_team_leads_see_no_models(matched: str) -> None:
    lena = client_of(a_user("Lena", "lead", a_team("support")))
    assert lena.get("/models/").status_code == 403
    assert "/models/" not in lena.get("/review/").content.decode()


def test_the_bars_of_all_fields_share_one_scale_and_their_zero() -> None:
    fields = bars(learned())
    assert {one.zero for one in fields} == {fields[0].zero}
    for field in fields:
        for bar in field.bars:
            assert bar.start >= -0.01 and bar.start + bar.width <= 100.7
            edge = bar.start if bar.is_for else bar.start + bar.width
            assert edge == pytest.approx(field.zero, abs=0.7)


def test_numbers_that_keep_nobody_apart_stand_on_the_models_page(maria: Client) -> None:
    come(*town(60, seed=8)[0])
    model = look(exclusive={"crm": "no"}).model
    row = keep_model(msgspec.structs.replace(model))
    assert "crm: one person may have several numbers" in text_of(maria.get(f"/models/{row.version}/"))
