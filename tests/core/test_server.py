"""The embedded PostgreSQL: made, shared, killed, mended, carried over. Each test has a server of its own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rundblick.core import server
from rundblick.core.server import ServerError, binaries, embedded, place, processes
from rundblick.core.server.binaries import Binaries, BinariesError
from rundblick.core.server.configuration import MIB, Machine, text

AS_ROOT = os.geteuid() == 0
OLD = Binaries(Path("/usr/lib/postgresql/15/bin"), 15)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home that the database's account can pass into; pytest's own folders are closed to it when root runs tests."""
    top = Path(tempfile.mkdtemp(prefix="rb-"))
    top.chmod(0o711)
    yield top / "home"
    for data in top.rglob("PG_VERSION"):
        processes.end_orphans(data.parent, wait=1.0)
    shutil.rmtree(top)


@pytest.fixture
def running(folder: Path) -> Iterator[server.Server]:
    folder.mkdir(mode=0o700)
    with server.ensure(folder) as started:
        yield started


def ask(url: str, query: str) -> object:
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0] if len(row) == 1 else row


def do(url: str, *statements: str) -> None:
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while processes.is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)


def python_for_all() -> str:
    """A Python of our version that every user may run; root's own may lie in root's folder."""
    name = f"python3.{sys.version_info.minor}"
    for path in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {path} -c ''"], user="nobody", extra_groups=[], cwd="/", check=False
        )
        if done.returncode == 0:
            return path
    pytest.skip(f"no {name} that other users than root may run")


def test_it_writes_to_disk_before_it_says_so_and_checks_what_it_reads(running: server.Server) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(running.url, f"select current_setting('{name}')") == "on"


def test_its_order_of_texts_does_not_depend_on_the_machine(running: server.Server) -> None:
    query = "select pg_encoding_to_char(encoding), datcollate from pg_database where datname = current_database()"
    assert ask(running.url, query) == ("UTF8", "C")
    assert ask(running.url, "select 'Z' < 'a' collate \"default\"") is True
    server.check_own(running.url)


def test_it_opens_no_port_and_lets_nobody_in_without_the_password(running: server.Server) -> None:
    assert ask(running.url, "select current_setting('listen_addresses')") == ""
    assert running.place.sockets.stat().st_mode & 0o077 == 0
    password = running.place.password()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(running.url.replace(password, "wrong"))
    assert password not in running.place.configuration.read_text()


def test_the_program_is_no_superuser_but_may_make_databases(running: server.Server) -> None:
    assert ask(running.url, "select rolsuper, rolcreatedb from pg_roles where rolname = current_user") == (False, True)


def test_every_new_database_has_the_extensions(running: server.Server) -> None:
    do(running.url, "create database check_1")
    there = ask(server.url_of(running.place, "check_1"), "select array_agg(extname::text) from pg_extension")
    assert isinstance(there, list) and {*server.REQUIRED, "vector"} <= set(there)


def test_a_running_server_is_shared_and_ends_with_its_last_user(running: server.Server) -> None:
    second = server.ensure(running.place.home)
    assert not second.started
    assert running.postmaster() == second.postmaster()
    assert second.stop() is False
    assert running.postmaster() is not None
    assert running.stop() is True
    assert running.postmaster() is None


def test_another_process_that_uses_it_keeps_it_running(running: server.Server) -> None:
    code = "import sys; from pathlib import Path; from rundblick.core import server\n"
    code += "with server.ensure(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(running.place.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "in\n"
        assert running.stop() is False
        assert running.postmaster() is not None
        other.stdin.close()
    assert running.postmaster() is None


def test_what_was_committed_survives_a_killed_postmaster(running: server.Server) -> None:
    do(running.url, "create table kept (n int)", "insert into kept select generate_series(1, 1000)")
    kill(running.postmaster())
    assert running.postmaster() is None
    assert running.revive() is True
    assert ask(running.url, "select count(*) from kept") == 1000
    assert running.revive() is False


def test_a_backend_that_outlived_its_postmaster_is_ended_before_a_new_one_starts(running: server.Server) -> None:
    connection = psycopg.connect(running.url)
    backend = connection.info.backend_pid
    os.kill(backend, signal.SIGSTOP)  # so that it cannot notice by itself
    kill(running.postmaster())
    running.revive()
    assert not processes.is_alive(backend)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    assert ask(running.url, "select 1") == 1


@pytest.mark.parametrize("whose", ["a zombie's", "a stranger's"])
def test_a_stale_mark_of_a_dead_server_does_not_stop_a_new_one(folder: Path, whose: str) -> None:
    folder.mkdir(mode=0o700)
    first = server.ensure(folder)
    mark = first.place.data / "postmaster.pid"
    lines = mark.read_text().splitlines()
    first.stop()
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # dead, and not reaped
    lines[0] = str(zombie.pid if whose == "a zombie's" else os.getpid())
    mark.write_text("\n".join(lines) + "\n")
    if AS_ROOT:
        shutil.chown(mark, place.place_of(folder).data.owner())
    with server.ensure(folder) as second:
        assert second.started
        assert ask(second.url, "select 1") == 1
    zombie.wait()


def test_a_first_start_that_was_cut_short_is_begun_again(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "database" / "data.new").mkdir(parents=True)
    (folder / "database" / "data.new" / "half").write_text("made")
    with server.ensure(folder) as started, contextlib.closing(started.admin()) as admin:
        admin.execute("drop database rundblick")
        admin.execute("drop role rundblick")
    with server.ensure(folder) as again:
        assert ask(again.url, "select current_user::text") == "rundblick"


def test_a_home_with_a_long_and_odd_name_works(folder: Path) -> None:
    odd = folder / 'it\'s a "home", 50 % größer' / ("x" * 80)
    odd.mkdir(mode=0o711, parents=True)
    folder.chmod(0o711)
    odd.parent.chmod(0o711)
    with server.ensure(odd) as started:
        assert len(str(started.place.sockets)) < 60
        assert started.place.sockets.stat().st_mode & 0o077 == 0
        assert ask(started.url, "select 1") == 1
    assert not started.place.sockets.exists()


def test_a_folder_for_the_socket_that_somebody_else_made_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    mine = place.place_of(folder)
    place.make_folders(mine)
    mine.sockets.chmod(0o777)
    with pytest.raises(ServerError, match="only user id"):
        server.ensure(folder)


def test_data_of_a_newer_postgresql_are_refused_clearly(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    server.ensure(folder).stop()
    version = folder / "database" / "data" / "PG_VERSION"
    version.write_text("99\n")
    with pytest.raises(ServerError, match=r"written by PostgreSQL 99.*RUNDBLICK_PG_BIN"):
        server.ensure(folder)


def test_data_of_an_older_postgresql_are_refused_clearly_when_it_is_not_at_hand(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    server.ensure(folder).stop()
    (folder / "database" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match=r"written by PostgreSQL 9;.*rundblick backup FILE"):
        server.ensure(folder)


@pytest.mark.skipif(not OLD.folder.exists(), reason="needs an older PostgreSQL: apt-get install postgresql-15")
def test_data_of_an_older_postgresql_are_carried_over(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    here = place.place_of(folder)
    place.make_folders(here)
    embedded._initialised(here, OLD, here.data)
    embedded._started(here, OLD, durable=True)
    with contextlib.closing(embedded._as_superuser(here)) as admin:
        admin.execute(f"create role rundblick login createdb password '{here.password()}'".encode())
        admin.execute("create database rundblick owner rundblick")
    old_text = "Grüße"
    do(embedded.url_of(here), "create table kept (t text)", f"insert into kept values ('{old_text}')")
    embedded._stopped(here, OLD)

    with server.ensure(folder) as carried:
        assert ask(carried.url, "select t from kept") == old_text
        assert int(str(ask(carried.url, "select current_setting('server_version_num')"))) >= 160000
        assert ask(carried.url, "select tableowner from pg_tables where tablename = 'kept'") == "rundblick"
    assert (folder / "database" / "data-15" / "PG_VERSION").exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root has another account run the database")
def test_root_with_a_closed_home_keeps_the_database_elsewhere_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable = folder.parent / "var"
    monkeypatch.setattr(place, "REACHABLE", reachable)
    closed = folder / "closed"
    closed.mkdir(parents=True)
    folder.chmod(0o700)
    with server.ensure(closed) as started:
        assert str(reachable) in started.note and str(closed) in started.note
        assert started.place.data.is_relative_to(reachable)
        assert ask(started.url, "select 1") == 1
    assert folder.stat().st_mode & 0o077 == 0, "nobody's folder was opened to others"


@pytest.mark.skipif(not AS_ROOT, reason="only root has another account run the database")
def test_root_can_use_programs_that_lie_where_only_root_gets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "REACHABLE", folder.parent / "var")
    monkeypatch.setattr(binaries, "can_enter", lambda *_: False)
    folder.mkdir(mode=0o700)
    with server.ensure(folder) as started:
        assert started.binaries.folder.is_relative_to(folder.parent / "var")
        assert ask(started.url, "select 'ä' similar to 'ä'") is True


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user then")
def test_an_ordinary_user_runs_it_under_his_own_account(folder: Path) -> None:
    user = pwd.getpwnam("nobody")
    folder.mkdir(mode=0o700)
    os.chown(folder, user.pw_uid, user.pw_gid)
    code = "import os, sys; from pathlib import Path; from rundblick.core import server\n"
    code += "with server.ensure(Path(sys.argv[1])) as s: print(os.stat(s.place.data).st_uid, s.note)"
    libraries = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [python_for_all(), "-c", code, str(folder)],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        env=libraries,
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(user.pw_uid)], done.stderr
    # and root, in that user's folder, leaves him everything to go on with
    with server.ensure(folder) as as_root:
        assert as_root.place.data.stat().st_uid == user.pw_uid


def test_programs_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(BinariesError, match=r"RUNDBLICK_PG_BIN.*has no program postgres"):
        binaries.find(str(tmp_path))


@pytest.mark.skipif(not OLD.folder.exists(), reason="needs an older PostgreSQL: apt-get install postgresql-15")
def test_programs_that_are_too_old_are_refused() -> None:
    with pytest.raises(BinariesError, match="is PostgreSQL 15; Rundblick needs 16"):
        binaries.find(str(OLD.folder))


def test_a_server_of_ones_own_is_refused_with_everything_that_is_wrong(
    running: server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(running.admin()) as admin:
        options = "encoding 'LATIN1' locale_provider libc locale 'C' owner rundblick"
        admin.execute(f"create database latin template template0 {options}".encode())
    monkeypatch.setattr("rundblick.core.server.own.REQUIRED", ("pg_trgm", "no_such_extension"))
    with pytest.raises(ServerError, match=r"(?s)encoding LATIN1.*LOCALE 'C'.*lacks the extensions no_such_extension"):
        server.check_own(server.url_of(running.place, "latin"))
    monkeypatch.setattr("rundblick.core.server.own.OLDEST", 99)
    with pytest.raises(ServerError, match="Rundblick needs 99 or newer"):
        server.check_own(running.url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://rundblick:geheim@127.0.0.1:1/rundblick", "does not answer"),
        ("mysql://rundblick:geheim@db/rundblick", "looks like postgresql://"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_its_password(url: str, told: str) -> None:
    with pytest.raises(ServerError, match=told) as caught:
        server.check_own(url)
    assert "geheim" not in str(caught.value)


def test_an_own_server_is_named_by_the_environment_or_the_settings(tmp_path: Path) -> None:
    own = "postgresql://me@db/rundblick"
    assert server.database_url(tmp_path, {"RUNDBLICK_DATABASE_URL": own}) == own
    assert server.is_own(tmp_path, {"RUNDBLICK_DATABASE_URL": own})
    (tmp_path / "settings.toml").write_text(f'database_url = "{own}"\n')
    assert server.database_url(tmp_path, {}) == own


@pytest.mark.parametrize("memory", [512 * MIB, 4096 * MIB, 262144 * MIB])
def test_its_memory_fits_the_machine(memory: int) -> None:
    written = text(Path("/d/data"), Path("/d/s"), Machine(memory, 64 * MIB), durable=True)
    values = dict(line.split(" = ", 1) for line in written.splitlines() if " = " in line)
    buffers = int(values["shared_buffers"].strip("'MB")) * MIB
    assert 64 * MIB <= buffers <= max(64 * MIB, memory // 8)
    assert values["dynamic_shared_memory_type"] == "mmap", "a container's small /dev/shm must not break queries"


def test_its_log_carries_nobodys_words(running: server.Server) -> None:
    do(running.url, "create table one (t text primary key)", "insert into one values ('Erika Mustermann')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        do(running.url, "insert into one values ('Erika Mustermann')")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        do(running.url, "select nothing, 'Erika Mustermann' from one")
    running.stop()
    said = "".join(log.read_text() for log in (running.place.folder / "log").glob("postgresql-*.log"))
    assert "duplicate key" in said
    assert "Mustermann" not in said


def test_a_start_that_fails_halfway_leaves_no_server_running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr("rundblick.core.server.own.REQUIRED", ("no_such_extension",))
    with pytest.raises(ServerError, match=r"lack the extensions no_such_extension.*RUNDBLICK_PG_BIN"):
        server.ensure(folder)
    assert processes.of_folder(folder / "database" / "data") == []
