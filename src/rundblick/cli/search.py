"""``rundblick search``: find cases by words on the command line; make what search keeps anew."""

from __future__ import annotations

import argparse
import sys

from django.utils.translation import gettext as _

from rundblick.cli.attached_words import tell_attachments
from rundblick.cli.starting import database

_MOST = 30


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "search",
        help=_("find cases by what stands in them, or make what search keeps anew"),
        description=_("Searches all cases, whoever owns them: whoever may use this command may read the database."),
        epilog=_('Example: rundblick search find waschmaschine "kam nicht an" status:offen'),
    )
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=_("DEED"))
    find = deeds.add_parser("find", help=_("cases with these words, newest first"))
    find.add_argument("words", nargs="+", help=_("words, operators as in the desk"))
    find.add_argument("--exactly", action="store_true", help=_("no compounds, no typing mistakes"))
    deeds.add_parser("rebuild", help=_("make what search keeps anew from all texts; search goes on meanwhile"))
    attachments = deeds.add_parser("attachments", help=_("how many are read, wait, or were refused, and why"))
    attachments.add_argument("--again", action="store_true", help=_("let the refused ones be tried again"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find, rebuild, or tell how far attachments are read."""
    with database():
        if arguments.deed == "attachments":
            return tell_attachments(arguments.again)
        return _rebuild() if arguments.deed == "rebuild" else _find(arguments.words, arguments.exactly)


def _find(words: list[str], exactly: bool) -> int:
    from rundblick.cases.models import Case
    from rundblick.cases.search.finding import COUNTED, find
    from rundblick.cases.search.query import parse
    from rundblick.cases.search.snippets import snippets
    from rundblick.core.database import cursor

    quoted = [f'"{word}"' if " " in word and ":" not in word else word for word in words]
    found = find(parse(" ".join(quoted)), Case.objects.all(), limit=_MOST, exactly=exactly)
    for remark in found.remarks:
        told = f"{remark.operator}:{remark.value}".strip(":")
        print(_("Not understood, and left out: %(what)s") % {"what": told}, file=sys.stderr)
    with cursor() as cur:
        around = snippets(cur, found.hits, found.sought)
    cases = {case.pk: case for case in Case.objects.filter(pk__in=[hit.case for hit in found.hits])}
    for hit in found.hits:
        case = cases[hit.case]
        snippet = around.get(hit.row)
        text = "".join(piece.text for piece in snippet.pieces) if snippet else ""
        print(f"{case.number}  {hit.at:%Y-%m-%d}  {case.state:9}  {' '.join(text.split())}")
    if found.count is not None:
        number = f"{COUNTED:,}+" if found.count > COUNTED else str(found.count)
        print(_("%(n)s cases") % {"n": number})
    return 0 if found.hits else 1


def _rebuild() -> int:
    from rundblick.cases.search.keeping import rebuild
    from rundblick.cases.search.words import recount_all

    def tell(done: int) -> None:
        if sys.stderr.isatty() or done % 100_000 == 0:
            print(_("%(n)d messages") % {"n": done}, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr)

    messages = rebuild(tell)
    words = recount_all()
    print(_("%(messages)d messages and %(words)d different words.") % {"messages": messages, "words": words})
    return 0
