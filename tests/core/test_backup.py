"""A back-up brings back what was saved: the same rows with the same contents, or a refusal that says why."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rundblick.core import backup, server
from rundblick.core.backup import Table, differences
from tests.installations import Installation, installation

FILL = """
from datetime import UTC, datetime
from rundblick.core.envelope import Envelope
from rundblick.intake.accept import accept
mail = b"From: Erika <erika@example.de>\\r\\nSubject: Frage %d\\r\\n\\r\\nGr\\xc3\\xbc\\xc3\\x9fe %d\\r\\n"
now = datetime.now(UTC)
accept([Envelope("mailbox:test", str(n), "mail", now, mail % (n, n)) for n in range(40)])
"""


@pytest.fixture(scope="module")
def filled() -> Iterator[Installation]:
    """An installation with mails in it: some have walked the road, some wait."""
    with installation() as made, contextlib.ExitStack() as stack:
        from rundblick.core import server

        stack.enter_context(server.ensure(made.home))
        assert made.run("migrate").returncode == 0
        assert made.python(FILL).returncode == 0
        worked = made.run("worker", "road", "--until-idle")
        assert worked.returncode == 0, worked.stderr
        assert made.python(FILL.replace("range(40)", "range(40, 50)")).returncode == 0
        with contextlib.closing(psycopg.connect(made.url, autocommit=True)) as connection:
            connection.execute("insert into django_session values ('stolen', 'session-of-somebody', now())")
            connection.execute("create table mail_secret (word text)")
            connection.execute("insert into mail_secret values ('password-of-a-mailbox')")
        yield made


@pytest.fixture(scope="module")
def saved(filled: Installation) -> Path:
    file = filled.home / "saved.rundblick"
    done = filled.run("backup", file)
    assert done.returncode == 0, done.stderr
    assert "rows of" in done.stdout
    return file


def counts(made: Installation) -> dict[str, Table]:
    with contextlib.closing(psycopg.connect(made.url, autocommit=True)) as connection:
        return backup.count(connection)


@pytest.fixture(scope="module")
def restored(saved: Path) -> Iterator[Installation]:
    with installation() as new:
        done = new.run("restore", saved)
        assert done.returncode == 0, done.stderr
        with server.ensure(new.home):
            yield new


def test_what_comes_back_is_what_was_saved_and_holds_no_secrets(
    filled: Installation, saved: Path, restored: Installation
) -> None:
    before = counts(filled)
    assert before["core_delivery"].rows == 50 and before["cases_message"].rows == 40
    assert differences(before, counts(restored)) == []
    assert restored.ask("select count(*) from django_session") == 0
    assert restored.ask("select count(*) from mail_secret") == 0
    assert saved.stat().st_mode & 0o077 == 0
    content = saved.read_bytes()
    for secret in ("secret.key", "rundblick.password"):
        assert (filled.home / secret).read_bytes().strip() not in content


def test_a_restored_installation_goes_on_and_its_new_events_follow_the_old_ones(
    filled: Installation, restored: Installation
) -> None:
    highest = filled.ask("select max(tx::text::bigint) from core_event")
    visible = "select count(*) from core_event where tx < pg_snapshot_xmin(pg_current_snapshot())"
    assert restored.ask(visible) == restored.ask("select count(*) from core_event")
    assert restored.run("worker", "road", "--until-idle").returncode == 0
    assert restored.ask("select count(*) from cases_message") == 50
    assert restored.ask(f"select count(*) > 0 from core_event where tx > '{highest}'::xid8") is True


def test_a_full_database_is_not_overwritten(filled: Installation, saved: Path) -> None:
    before = counts(filled)
    done = filled.run("restore", saved)
    assert done.returncode == 2
    assert "is not empty" in done.stderr and "RUNDBLICK_HOME" in done.stderr
    assert counts(filled) == before


def test_a_file_that_is_there_is_not_overwritten(filled: Installation, saved: Path) -> None:
    before = saved.read_bytes()
    done = filled.run("backup", saved)
    assert done.returncode == 2 and "exists already" in done.stderr
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.glob(".saved*")] == []


def test_a_damaged_backup_leaves_an_empty_database(filled: Installation, saved: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    broken = tmp_path / "broken.rundblick"
    broken.write_bytes(content)
    with installation() as new:
        done = new.run("restore", broken)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        with server.ensure(new.home):
            assert new.ask("select count(*) from pg_class where relnamespace = 'public'::regnamespace") == 0


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_what_is_no_backup_is_refused_before_anything_is_made(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.rundblick"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(backup.BackupError, match="no file" if content is None else "is no back-up"):
        backup.read_manifest(file)


def test_every_kind_of_difference_is_named() -> None:
    saved = {"a": Table(1, "5"), "b": Table(2, "6"), "c": Table(3, "7"), "same": Table(0, "0")}
    there = {"a": Table(2, "5"), "b": Table(2, "9"), "d": Table(0, "0"), "same": Table(0, "0")}
    assert differences(saved, there) == [
        "table a has 2 rows, not 1",
        "table b has other contents",
        "table c is missing in the database",
        "table d is missing in the back-up",
    ]
