"""What all tests share: settings that are nobody's own, and a database server for each process of the run.

The server starts with the first test that needs a database, and ends with its process. Each process of xdist has its
own, since transactions are counted over a whole server: what waits for all others to end would wait for the tests of
the other processes. For a second major version of PostgreSQL, RUNDBLICK_TEST_PG_BIN names the folder of its programs,
or RUNDBLICK_TEST_DATABASE_URL a server that runs (its role must be allowed to make databases and their extensions).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PREFIX = "rundblick-test-"
KEPT = {f"RUNDBLICK_{name}" for name in ("TEST_DATA", "BREAK_MESSAGES", "BREAK_SEED", "FUZZ_SECONDS", "FUZZ_SEED")}
OTHER_SERVER = {"RUNDBLICK_TEST_DATABASE_URL": "RUNDBLICK_DATABASE_URL", "RUNDBLICK_TEST_PG_BIN": "RUNDBLICK_PG_BIN"}
TOP = Path(__file__).resolve().parent.parent
_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


def _sweep() -> None:
    """End servers and remove folders of runs that were killed."""
    from rundblick.core.server import processes

    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        mine = folder.is_dir() and folder.stat().st_uid == os.geteuid()
        if mine and owner.isdecimal() and not processes.is_alive(int(owner)):
            for data in folder.glob("*/database/data"):
                processes.end_orphans(data, wait=1.0)
            shutil.rmtree(folder, ignore_errors=True)


def _make_home() -> None:
    """A home of this run's own; done before Django reads its settings. Processes of xdist have theirs beside it."""
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_") and name not in {*KEPT, *OTHER_SERVER}]:
        del os.environ[name]
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    os.environ["RUNDBLICK_HOME"] = str(folder / "home")
    os.environ["RUNDBLICK_LANGUAGE"] = "en"
    os.environ.update({name: os.environ[given] for given, name in OTHER_SERVER.items() if given in os.environ})


if not _IS_WORKER:
    _make_home()
os.environ["DJANGO_SETTINGS_MODULE"] = "rundblick.settings"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Each process of xdist gets its home before it reads any settings."""
    for number, spec in enumerate(specs):
        spec.env["RUNDBLICK_HOME"] = str(Path(os.environ["RUNDBLICK_HOME"]).parent / f"home-{number}")


def pytest_configure() -> None:
    import django
    from hypothesis import settings

    settings.register_profile("house", deadline=None)  # a busy machine is no fault of what is tested
    settings.load_profile("house")
    django.setup()


def pytest_unconfigure() -> None:
    if not _IS_WORKER:
        shutil.rmtree(Path(os.environ["RUNDBLICK_HOME"]).parent, ignore_errors=True)


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The address of this process's database server; it is running. Not durable: tests about that start their own."""
    from rundblick.core import server

    if server.is_own():
        yield server.database_url()
        return
    running = server.ensure(durable=False)
    yield running.url
    running.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """pytest-django makes its database on that server."""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; a test that asks for it fails where it is missing."""
    folder = Path(os.environ.get("RUNDBLICK_TEST_DATA", TOP / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.fail(f"no real data in {folder}: set RUNDBLICK_TEST_DATA to the folder that holds them")
    return folder
