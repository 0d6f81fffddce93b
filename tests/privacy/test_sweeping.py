"""The worker seals, ends restrictions and keeps the list without being asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from rundblick.core import sweeps
from rundblick.core.database import cursor
from rundblick.customers.models import Order
from rundblick.privacy.audit import record_audit, verify_chain
from rundblick.privacy.erasure import erase, read_list
from rundblick.privacy.models import Restriction
from tests.core.settling import settle
from tests.privacy.planting import installation, somebody

pytestmark = pytest.mark.django_db(transaction=True)


def sweep(name: str) -> int:
    (registered,) = [one for one in sweeps.of_queue("slow") if one.name == name]
    return registered.make()()


def test_the_audit_is_sealed() -> None:
    installation()
    with transaction.atomic(), cursor() as cur:
        record_audit(cur, "case.exported")
    settle()
    assert sweep("audit-seal") == 0
    with cursor() as cur:
        assert verify_chain(cur).unsealed == 0


def test_a_restriction_ends_on_its_day_and_the_list_takes_up_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "erasures.jsonl"
    monkeypatch.setattr("rundblick.privacy.erasure.list_path", lambda: path)
    planted = somebody("quetzalkoatlus")
    report = erase([planted.record], by=None)
    assert Order.objects.get().key == ""
    path.unlink()
    sweep("privacy-dates")
    assert Restriction.objects.count() == 1
    assert [entry.uuid for entry in read_list()] == [report.uuid]
    Restriction.objects.update(until="2020-12-31")
    sweep("privacy-dates")
    assert Restriction.objects.count() == 0
