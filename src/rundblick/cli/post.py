"""``rundblick post``: fetches from mailboxes and keeps the doors where mail servers hand over."""

from __future__ import annotations

import argparse
import signal
from types import FrameType

from django.utils.translation import gettext as _

from rundblick.core import home
from rundblick.core.logs import configure


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "post",
        help=_("fetch from mailboxes, and keep the doors for mail servers"),
        description=_(
            "Looks after every account that is switched on until it is ended: fetches what is new, and takes what a "
            "mail server hands over by SMTP or LMTP. Several may run, on any machine; one of them fetches for an "
            "account."
        ),
        epilog=_("Example: RUNDBLICK_LMTP_DOOR=127.0.0.1:2424 rundblick post"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Until told to stop."""
    from rundblick.channels.post import Post
    from rundblick.intake.accept import accept

    settings = home.settings()
    configure(settings.log_level)
    post = Post(accept, settings)

    def told(_number: int, _frame: FrameType | None) -> None:
        post.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    post.run()
    return 0
