"""``rundblick serve``: the desk and the API, nothing else."""

from __future__ import annotations

import argparse
import os
import sys

from django.utils.translation import gettext as _

from rundblick.cli.addresses import FIRST_PORT, Address, is_free, parse
from rundblick.cli.starting import CommandError
from rundblick.core import home


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        help=_("serve the desk and the API"),
        description=_("Serves the desk and the API. The database must run; workers and live process are commands too."),
        epilog=_("Example: RUNDBLICK_ADDRESS=0.0.0.0:8000 rundblick serve"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become granian. Never returns unless the address is taken."""
    settings = home.settings()
    host, port = parse(settings.address, "RUNDBLICK_ADDRESS")
    address = Address(host, port or FIRST_PORT)
    if not is_free(address.host, address.port):
        raise CommandError(_("%(address)s is in use. Set RUNDBLICK_ADDRESS to another one.") % {"address": address})
    command = granian(address, "wsgi", "rundblick.wsgi:application", settings)
    command += ["--workers", str(settings.web_workers), "--blocking-threads", str(settings.web_threads)]
    os.execv(sys.executable, command)


def granian(address: Address, interface: str, application: str, settings: home.Settings) -> list[str]:
    """The command line of granian for one of our applications."""
    command = [sys.executable, "-m", "granian", "--interface", interface, "--no-ws"]
    command += ["--host", address.host, "--port", str(address.port), "--respawn-failed-workers"]
    command += ["--workers-kill-timeout", "10", "--log-level", settings.log_level]
    return [*command, application]
