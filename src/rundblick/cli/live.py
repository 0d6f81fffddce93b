"""``rundblick live``: the process that tells open pages what changed."""

from __future__ import annotations

import argparse
import os
import sys

from django.utils.translation import gettext as _

from rundblick.cli.addresses import FIRST_PORT, Address, is_free, parse
from rundblick.cli.serve import granian
from rundblick.cli.starting import CommandError
from rundblick.core import home


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "live",
        help=_("tell open pages what changed"),
        description=_("The live process. Without it nothing but speed is lost: pages then ask every 15 seconds."),
        epilog=_("Example: RUNDBLICK_LIVE_ADDRESS=127.0.0.1:8001 rundblick live"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become granian. Never returns unless the address is taken."""
    settings = home.settings()
    host, port = parse(settings.live_address or settings.address.rpartition(":")[0], "RUNDBLICK_LIVE_ADDRESS")
    address = Address(host, port or FIRST_PORT + 1)
    if not is_free(address.host, address.port):
        raise CommandError(
            _("%(address)s is in use. Set RUNDBLICK_LIVE_ADDRESS to another one.") % {"address": address}
        )
    os.execv(sys.executable, granian(address, "asgi", "rundblick.live.application:application", settings))
