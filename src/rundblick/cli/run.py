"""``rundblick run``: everything on one machine, what ``make run`` calls."""

from __future__ import annotations

import argparse
import http.client
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from rundblick.cli import sample
from rundblick.cli.addresses import Address, choose
from rundblick.cli.migrate import migrate
from rundblick.cli.starting import database
from rundblick.cli.supervisor import Spec, Supervisor
from rundblick.core import home
from rundblick.core.server import Server
from rundblick.core.sweeps import QUEUES

# Under which address the desk was opened here, while it is; other commands print links to it.
ADDRESS = "address"

# Seconds that a start which was killed may hold its address: its watchdog kills after 8 what did not end by itself.
LEFTOVERS = 12.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "run",
        help=_("start everything on this machine; Ctrl-C ends it"),
        description=_(
            "Starts the database, the desk, the live process, the post and three workers, keeps them running, and ends "
            "them all with Ctrl-C. The first start loads the sample company, unless RUNDBLICK_SAMPLE=0 or the "
            "database is your own."
        ),
        epilog=_("Example: RUNDBLICK_ADDRESS=127.0.0.1:9000 rundblick run"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until told to stop."""
    folder = home.home()
    settings = home.settings(folder)
    for name in home.unknown_variables():
        say(_("There is no setting %(name)s; a spelling mistake?") % {"name": name})
    desk, live = choose(settings, LEFTOVERS if (folder / ADDRESS).exists() else 0.0)
    with database() as server:
        if server is not None and server.note:
            say(server.note)
        migrate()
        logins = sample.prepare(folder, settings, own=server is None, say=say)
        supervise(folder, settings, desk, live, server, logins)
    say(_("Ended."))
    return 0


def supervise(
    folder: Path, settings: home.Settings, desk: Address, live: Address, server: Server | None, logins: str
) -> None:
    """Start the processes and keep them running until told to stop."""
    supervisor = Supervisor(specs(settings, desk, live), folder / "log", server, say)
    address = settings.public_url or desk.url

    def ready() -> bool:
        if not answers(desk):
            return False
        (folder / ADDRESS).write_text(address + "\n")
        say(_("Rundblick is open at %(address)s") % {"address": address})
        if logins:
            say(logins)
        say(_("What its processes say is in %(folder)s. Ctrl-C ends everything.") % {"folder": folder / "log"})
        return True

    try:
        supervisor.run(ready)
    finally:
        (folder / ADDRESS).unlink(missing_ok=True)


def specs(settings: home.Settings, desk: Address, live: Address) -> list[Spec]:
    """The processes of an installation."""
    environment = {
        "RUNDBLICK_ADDRESS": str(desk),
        "RUNDBLICK_LIVE_ADDRESS": str(live),
        "RUNDBLICK_LIVE_URL": settings.live_url or live.url,
    }
    program = [sys.executable, "-m", "rundblick.cli.main"]
    return [
        Spec("web", [*program, "serve"], environment),
        Spec("live", [*program, "live"], environment),
        Spec("post", [*program, "post"], environment),
        *(Spec(f"worker-{queue}", [*program, "worker", queue], environment) for queue in QUEUES),
    ]


def answers(address: Address) -> bool:
    """Whether something speaks HTTP there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    connection = http.client.HTTPConnection(host, address.port, timeout=2)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def say(text: str) -> None:
    """One thing for the person at the terminal."""
    print(text, flush=True)
