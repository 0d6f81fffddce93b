"""Jobs about models: learn, preview, adopt and undo, taken up by a worker, with four eyes where set."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.conf import settings

from rundblick.core.database import cursor
from rundblick.customers.matching.model import Model
from rundblick.customers.models import MatchApproval, MatchChange, MatchJob, MatchModel, MatchRun
from rundblick.customers.weighed import running, working
from rundblick.customers.weighed.running import keep_model, look, match, model_in_force
from rundblick.customers.weighed.working import JobError, adopt, ask, change_of, changes, last_run, take_up
from rundblick.people.models import Person
from tests.customers.known import come, partition, wrong
from tests.customers.test_weighed import berta
from tests.customers.town import learned, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_can_be_folded_again() -> Iterator[None]:
    yield
    assert wrong() == []


def other_model() -> Model:
    """A model that asks for more than the town's."""
    return msgspec.structs.replace(learned(), auto=learned().auto + 12)


@pytest.fixture
def matched() -> MatchModel:
    """A town whose customers were found; gives a second model, kept beside the one in force."""
    come(*town(60, seed=8)[0])
    match(look(learned()))
    return keep_model(other_model())


def done(job: MatchJob) -> MatchJob:
    """A worker takes it up."""
    assert take_up() == 1
    job.refresh_from_db()
    return job


def refused(code: str, do: object, *given: object, **named: object) -> None:
    with pytest.raises(JobError) as fault:
        do(*given, **named)  # type: ignore[operator]
    assert fault.value.code == code


def test_a_preview_lists_what_would_change_what_moves_most_first_and_changes_nothing(matched: MatchModel) -> None:
    before = partition()
    job = done(ask(MatchJob.PREVIEW, None, model=matched.pk))
    assert (job.state, job.fault, job.splits > 10) == ("done", "", True)
    assert partition() == before and model_in_force() != matched
    with cursor() as cur:
        whole = changes(cur, job.pk, "split", 1000)
        first = changes(cur, job.pk, "split", 7)
        second = changes(cur, job.pk, "split", 1000, (first[-1].moved, first[-1].id))
        assert change_of(cur, job.pk, whole[3].id) == whole[3]
        assert change_of(cur, job.pk + 1, whole[3].id) is None
    assert first + second == whole and len(whole) == job.splits
    assert [one.moved for one in whole] == sorted((one.moved for one in whole), reverse=True)
    for one in whole:
        assert len({customer for group in one.groups for _, customer in group}) == 1
        assert one.moved == sum(map(len, one.groups)) - max(map(len, one.groups))


def test_what_a_preview_said_is_what_putting_it_into_force_does(matched: MatchModel) -> None:
    job = done(ask(MatchJob.PREVIEW, None, model=matched.pk))
    before = partition()
    adopted = adopt(matched.pk, None)
    assert adopted is not None and done(adopted).run is not None
    assert len(partition()) - len(before) == job.customers_after - job.customers_before
    assert model_in_force() == matched
    undone = done(ask(MatchJob.UNDO, None, run=last_run().pk))  # type: ignore[union-attr]  # the adoption stands
    assert undone.state == "done" and partition() == before and model_in_force() != matched


def test_learning_keeps_a_model_beside_the_one_in_force(matched: MatchModel) -> None:
    job = done(ask(MatchJob.LEARN, None))
    assert job.state == "done" and job.model is not None and not job.model.in_force
    assert MatchModel.objects.filter(in_force=True).count() == 1


def test_one_job_at_a_time(matched: MatchModel) -> None:
    ask(MatchJob.LEARN, None)
    refused("busy", ask, MatchJob.LEARN, None)
    refused("busy", adopt, matched.pk, None)


def test_the_model_in_force_is_not_put_into_force_again(matched: MatchModel) -> None:
    refused("in_force", adopt, MatchModel.objects.get(in_force=True).pk, None)


def test_with_four_eyes_two_persons_have_to_want_it(matched: MatchModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RUNDBLICK", dataclasses.replace(settings.RUNDBLICK, review_four_eyes=True))
    lena, olga = Person.objects.create().pk, Person.objects.create().pk
    assert adopt(matched.pk, lena) is None and take_up() == 0
    refused("again", adopt, matched.pk, lena)
    job = adopt(matched.pk, olga)
    assert job is not None and done(job).state == "done" and model_in_force() == matched
    assert MatchApproval.objects.get().job == job
    done(ask(MatchJob.UNDO, lena, run=last_run().pk))  # type: ignore[union-attr]  # the adoption stands
    assert adopt(matched.pk, olga) is None, "what was said before the undoing counts no more"


def test_a_job_that_cannot_be_done_says_why_and_leaves_the_way_free() -> None:
    job = done(ask(MatchJob.LEARN, None))
    assert (job.state, job.fault) == ("failed", "empty")
    come(berta("crm", "1"))
    assert done(ask(MatchJob.LEARN, None)).state == "done"


def test_what_breaks_is_said_and_half_done_nothing(matched: MatchModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(running, "preview", fall)
    assert done(ask(MatchJob.PREVIEW, None, model=matched.pk)).fault == "broken"
    assert not MatchChange.objects.exists()


def test_a_job_whose_worker_vanished_is_taken_up_again_but_not_for_ever(matched: MatchModel) -> None:
    job = ask(MatchJob.PREVIEW, None, model=matched.pk)
    gone = {"state": MatchJob.RUNNING, "lease_until": datetime.now(UTC) + timedelta(minutes=1), "tries": 1}
    MatchJob.objects.filter(pk=job.pk).update(**gone)
    assert take_up() == 0, "its worker lives"
    gone["lease_until"] = datetime.now(UTC) - timedelta(minutes=1)
    MatchJob.objects.filter(pk=job.pk).update(**gone)
    assert done(job).state == "done"
    second = ask(MatchJob.PREVIEW, None, model=matched.pk)
    MatchJob.objects.filter(pk=second.pk).update(**(gone | {"tries": working.TRIES}))
    assert done(second).fault == "broken"


def test_only_the_last_previews_keep_their_lists(matched: MatchModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "KEPT", 1)
    first = done(ask(MatchJob.PREVIEW, None, model=matched.pk))
    second = done(ask(MatchJob.PREVIEW, None, model=matched.pk))
    assert set(MatchChange.objects.values_list("job_id", flat=True)) == {second.pk} and first.splits == second.splits


def test_the_last_run_that_stands_is_the_one_to_be_taken_back(matched: MatchModel) -> None:
    assert last_run() == MatchRun.objects.get()
    done(ask(MatchJob.UNDO, None, run=last_run().pk))  # type: ignore[union-attr]  # the first run stands
    assert last_run() is None
