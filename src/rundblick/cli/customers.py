"""``rundblick customers``: find who is one over all records, put models into force, answer what is unsure."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cli.customer import person_named
from rundblick.cli.progress import ProgressLine
from rundblick.cli.starting import CommandError, database, database_to_decide_in

if TYPE_CHECKING:
    from rundblick.customers.models import MatchRun
    from rundblick.customers.weighed.running import Preview, Seen

# as customers.weighed.looking has them; not imported, so that --help needs no database
_FIELDS = (
    "name", "first_name", "last_name", "birth_date", "street", "postcode", "city", "company", "email", "phone",
    "customer_no", "system", "former_last_name", "former_street", "former_postcode", "former_city",
)  # fmt: skip
_SHOWN = 20  # merges and splits on a terminal; --json has all


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with its deeds."""
    parser = commands.add_parser(
        "customers",
        help=_("find who is one customer by what records say: match, model, runs, undo, review"),
        description=_(
            "Compares all records field by field, and makes one customer of those that are surely one person. What is "
            "unsure goes to the review queue. Each run can be taken back; no record is changed."
        ),
        epilog=_("Example: rundblick customers match --dry-run"),
    )
    deeds = parser.add_subparsers(title=_("deeds"), metavar=_("DEED"), dest="deed", required=True)

    match = deeds.add_parser("match", help=_("compare all records and write who is one"))
    match.add_argument(
        "--train",
        action="store_true",
        help=_("learn a new model and show what it would change; `model adopt` writes it"),
    )
    match.add_argument("--dry-run", action="store_true", help=_("show what would change, and write nothing"))
    match.add_argument(
        "--engine",
        choices=("memory", "spark"),
        default="memory",
        help=_(
            "where pairs are compared: in memory, or on Spark through Splink (pip install rundblick[spark], Java 17)"
        ),
    )
    match.add_argument("--quiet", action="store_true", help=_("no progress"))
    match.set_defaults(run=_match)

    model = deeds.add_parser("model", help=_("the models: list them, put one into force"))
    models = model.add_subparsers(title=_("deeds"), metavar=_("DEED"), dest="model_deed", required=True)
    listed = models.add_parser("list", help=_("all models, the last one first"))
    listed.set_defaults(run=_models)
    adopt = models.add_parser("adopt", help=_("put a model into force and decide by it"))
    adopt.add_argument("version", help=_("version of the model, or how it begins"))
    adopt.add_argument("--dry-run", action="store_true", help=_("show what would change, and write nothing"))
    adopt.add_argument("--quiet", action="store_true", help=_("no progress"))
    adopt.set_defaults(run=_adopt)

    runs = deeds.add_parser("runs", help=_("what was run, the last one first"))
    runs.set_defaults(run=_runs)
    undo = deeds.add_parser("undo", help=_("take the last run back"))
    undo.add_argument("uuid", metavar=_("RUN"), help=_("UUID of the run, as `runs` prints it"))
    undo.add_argument("--quiet", action="store_true", help=_("no progress"))
    undo.set_defaults(run=_undo)

    review = deeds.add_parser(
        "review",
        help=_("what is unsure, the most valuable first; answer it"),
        epilog=_("Example: rundblick customers review 0199... same --by lena@muster.example"),
    )
    review.add_argument("question", nargs="?", metavar=_("QUESTION"), help=_("UUID of a question, or how it begins"))
    review.add_argument("answer", nargs="?", choices=("same", "different", "later", "undo"), help=_("the answer"))
    review.add_argument("--reason", default="", help=_("why, in a few words"))
    review.add_argument("--limit", type=int, default=20, help=_("how many questions"))
    review.set_defaults(run=_review)

    identify = deeds.add_parser(
        "identify",
        help=_("who is this? look a person up by what is known of him; nothing is written"),
        epilog=_("Example: rundblick customers identify --first-name Anna --last-name Meier --postcode 24103"),
    )
    for name in _FIELDS:
        identify.add_argument(f"--{name.replace('_', '-')}", default="", help=_told(name))
    identify.add_argument("--limit", type=int, default=5, help=_("how many customers"))
    identify.set_defaults(run=_identify)

    for deed in (match, listed, adopt, runs, undo, review, identify):
        deed.add_argument("--json", action="store_true", help=_("write JSON"))
    for deed in (match, adopt, undo, review):
        deed.add_argument("--by", metavar=_("ADDRESS"), default="", help=_("who decides: an agent's e-mail address"))


# -- runs ------------------------------------------------------------------------------------------------------------


def _match(arguments: argparse.Namespace) -> int:
    from rundblick.customers.weighed.running import keep_model, look, match, model_in_force, model_of, preview

    with _deciding(), _progress(arguments.quiet) as tell:
        in_force = model_in_force()
        model = None if in_force is None or arguments.train else model_of(in_force)
        seen = look(model, tell, spark=arguments.engine == "spark")
        if arguments.dry_run:
            return _previewed(preview(seen), arguments.json)
        if in_force is not None and arguments.train:
            keep_model(seen.model)
            told = _previewed(preview(seen), arguments.json)
            if not arguments.json:
                print(
                    _("Put it into force with: rundblick customers model adopt %(model)s")
                    % {"model": seen.model.version}
                )
            return told
        return _ran(match(seen, person_named(arguments.by), tell), arguments.json)


def _adopt(arguments: argparse.Namespace) -> int:
    from rundblick.customers.models import MatchModel
    from rundblick.customers.weighed.running import look, match, model_of, preview

    with _deciding(), _progress(arguments.quiet) as tell:
        found = list(MatchModel.objects.filter(version__startswith=arguments.version)[:2])
        if len(found) != 1:
            raise CommandError(
                _("There is no one model %(model)s; `rundblick customers model list` shows them.")
                % {"model": arguments.version}
            )
        seen: Seen = look(model_of(found[0]), tell)
        if arguments.dry_run:
            return _previewed(preview(seen), arguments.json)
        return _ran(match(seen, person_named(arguments.by), tell), arguments.json)


def _models(arguments: argparse.Namespace) -> int:
    from rundblick.customers.models import MatchModel

    with database():
        rows = [
            {
                "version": row.version,
                "trained_at": row.trained_at.isoformat(),
                "records": row.records,
                "in_force": row.in_force,
            }
            for row in MatchModel.objects.defer("weights").order_by("-id")
        ]
    if arguments.json:
        return _as_json(rows)
    for row in rows:
        text = _("%(version)s  learned %(at)s from %(records)s records") % {
            "version": row["version"],
            "at": str(row["trained_at"])[:16].replace("T", " "),
            "records": f"{row['records']:,}",
        }
        in_force = _("in force") if row["in_force"] else ""
        print(f"{text}, {in_force}" if in_force else text)
    if not rows:
        print(_("No model was learned yet: rundblick customers match"))
    return 0


def _runs(arguments: argparse.Namespace) -> int:
    from rundblick.customers.models import MatchRun

    with database():
        rows = [_run(row) for row in MatchRun.objects.order_by("-id")[:50]]
    if arguments.json:
        return _as_json(rows)
    for row in rows:
        print(_run_line(row))
    return 0


def _undo(arguments: argparse.Namespace) -> int:
    from rundblick.customers.models import MatchRun
    from rundblick.customers.weighed.running import RunError, undo_run

    with _deciding(), _progress(arguments.quiet) as tell:
        try:
            row = MatchRun.objects.filter(uuid=UUID(arguments.uuid)).first()
        except ValueError:
            row = None
        if row is None:
            raise RunError("unknown")
        return _ran(undo_run(row.pk, person_named(arguments.by), tell), arguments.json)


def _run(row: MatchRun) -> dict[str, Any]:
    from rundblick.customers.models import MatchModel

    versions = MatchModel.objects.filter(pk__in=[row.model_id] if row.model_id else [])
    version = versions.values_list("version", flat=True).first() or ""
    return {
        "uuid": str(row.uuid),
        "kind": row.kind,
        "model": version,
        "records": row.records,
        "edges_added": row.added,
        "edges_ended": row.ended,
        "records_moved": row.moved,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def _run_line(row: dict[str, Any]) -> str:
    kind = {
        "match": pgettext("run", "matched"),
        "adopt": pgettext("run", "model put into force"),
        "undo": pgettext("run", "taken back"),
    }[row["kind"]]
    text = _("%(kind)s: %(records)s records compared, %(moved)s came to another customer, model %(model)s") % {
        "kind": kind,
        "records": f"{row['records']:,}",
        "moved": f"{row['records_moved']:,}",
        "model": row["model"] or "-",
    }
    at = (row["finished_at"] or "")[:16].replace("T", " ") or _("not finished")
    return f"{row['uuid']}  {at}  {text}"


def _ran(run: MatchRun, as_json: bool) -> int:
    told = _run(run)
    if as_json:
        return _as_json(told)
    print(_run_line(told))
    print(_("Take it back with: rundblick customers undo %(run)s") % {"run": told["uuid"]})
    return 0


def _previewed(shown: Preview, as_json: bool) -> int:
    from rundblick.customers.numbers_words import number_told

    if as_json:
        return _as_json(
            {
                "model": shown.model,
                "records": shown.records,
                "customers_before": shown.customers_before,
                "customers_after": shown.customers_after,
                "questions": shown.asked,
                "merges": [list(change.numbers) for change in shown.merges],
                "splits": [{"number": change.numbers[0], "into": change.into} for change in shown.splits],
                "numbers": [msgspec.structs.asdict(one) for one in shown.numbers],
            }
        )
    print(
        _("Model %(model)s: %(records)s records, %(before)s customers now, %(after)s then; nothing was written")
        % {
            "model": shown.model,
            "records": f"{shown.records:,}",
            "before": f"{shown.customers_before:,}",
            "after": f"{shown.customers_after:,}",
        }
    )
    for one in shown.numbers:
        print(number_told(one))
    print(_("%(n)s merges") % {"n": f"{len(shown.merges):,}"})
    for change in shown.merges[:_SHOWN]:
        print("  " + " + ".join(change.numbers))
    print(_("%(n)s splits") % {"n": f"{len(shown.splits):,}"})
    for change in shown.splits[:_SHOWN]:
        print("  " + _("%(number)s into %(n)d") % {"number": change.numbers[0], "n": change.into})
    return 0


# -- looking up ------------------------------------------------------------------------------------------------------


def _told(field: str) -> str:
    """What a field of a look-up is, for --help."""
    return {
        "name": _("the name in one piece"),
        "first_name": _("first name"),
        "last_name": _("last name"),
        "birth_date": _("birth date, year-month-day"),
        "street": _("street and number"),
        "postcode": _("postcode"),
        "city": _("town"),
        "company": _("company"),
        "email": _("mail address"),
        "phone": _("telephone number in any form"),
        "customer_no": _("a number of ours or of a system"),
        "system": _("the system that gave the number; any, if not told"),
        "former_last_name": _("last name before, for example at birth"),
        "former_street": _("street and number before he moved"),
        "former_postcode": _("postcode before"),
        "former_city": _("town before"),
    }[field]


def _identify(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from rundblick.core.database import cursor
    from rundblick.core.digests import Digests
    from rundblick.core.installation import installation
    from rundblick.customers.golden import customer_names
    from rundblick.customers.models import Customer
    from rundblick.customers.weighed.looking import asked_for, who_is

    told = {name: getattr(arguments, name) for name in _FIELDS}
    if not any(told[name].strip() for name in _FIELDS if name != "system"):
        raise CommandError(_("Say something of the person: --first-name, --last-name, --birth-date, --email ..."))
    with database(), cursor() as cur:
        ours = installation()
        found = who_is(cur, Digests(bytes(ours.salt)), asked_for(told, ours.country), limit=max(arguments.limit, 1))
        numbers = dict(Customer.objects.filter(pk__in=[hit.customer for hit in found.hits]).values_list("id", "number"))
        names = customer_names(cur, list(numbers))
    if arguments.json:
        shown = [
            {**asdict(hit), "customer": numbers[hit.customer], "name": names.get(hit.customer, "")}
            for hit in found.hits
        ]
        for one in shown:
            del one["record"]
        return _as_json({"decision": found.decision, "customers": shown, "model": found.model})
    said = {"same": _("it is the first one"), "unsure": _("it may be one of these"), "new": _("nobody is found")}
    print(said[found.decision])
    for hit in found.hits:
        odds = "" if hit.probability is None else f"{hit.probability:.0%}"
        print(f"{numbers[hit.customer]}  {names.get(hit.customer, '')}  {hit.system}:{hit.key}  {odds}  {hit.rule}")
        for step in hit.steps:
            print(f"    {step.field:24} {step.level:32} {step.weight:+7.2f}  {step.value_a} | {step.value_b}")
    return 0


# -- review ----------------------------------------------------------------------------------------------------------


def _review(arguments: argparse.Namespace) -> int:
    from rundblick.core.database import cursor
    from rundblick.customers.models import ReviewItem
    from rundblick.customers.weighed.reviewing import answer, how_many, questions, take_back

    if arguments.question and not arguments.answer:
        raise CommandError(_("Say what the answer is: same, different, later or undo."))
    with _deciding():
        if arguments.question:
            found = [row for row in ReviewItem.objects.order_by("-id") if str(row.uuid).startswith(arguments.question)]
            if len(found) != 1:
                raise CommandError(_("There is no one question %(uuid)s.") % {"uuid": arguments.question})
            by = person_named(arguments.by)
            if arguments.answer == "undo":
                row = take_back(found[0].pk, by)
            else:
                row = answer(found[0].pk, arguments.answer, by, arguments.reason)
            if arguments.json:
                return _as_json({"uuid": str(row.uuid), "state": row.state})
            print(_state(row.state))
            return 0
        with cursor() as cur:
            asked, total = questions(cur, max(arguments.limit, 1)), how_many(cur)
            told = [_question(cur, one) for one in asked]
    if arguments.json:
        return _as_json({"open": total, "questions": told})
    print(_("%(n)s open questions") % {"n": f"{total:,}"})
    for one in told:
        print(f"{one['uuid']}  {one['why_text']}, {one['weight']:+.1f}")
        for side in one["records"]:
            print(f"    {side['number']}  {side['record']}  {side['name']}")
    return 0


def _question(cur: Any, one: Any) -> dict[str, Any]:
    from rundblick.customers.golden import customer_names
    from rundblick.customers.models import Customer
    from rundblick.customers.weighed.parties import some_parties
    from rundblick.customers.weighed.words import why_asked

    known = some_parties(cur, [one.a, one.b])
    names = customer_names(cur, [one.one, one.other])
    numbers = dict(Customer.objects.filter(pk__in=[one.one, one.other]).values_list("id", "number"))
    records = [
        {"record": f"{party.system}:{party.key}", "number": numbers[customer], "name": names.get(customer, "")}
        for party, customer in zip(known.parties, known.customers, strict=True)
    ]
    return {
        "uuid": str(one.uuid),
        "why": one.why,
        "why_text": why_asked(one.why),
        "weight": one.weight,
        "value": one.value,
        "records": records,
    }


def _state(state: str) -> str:
    return {
        "answered": _("Answered, and done."),
        "open": _("Noted. The question stays open."),
        "obsolete": _("Nothing is asked any more."),
    }[state]


# -- small pieces ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _deciding() -> Iterator[None]:
    """The database while something is decided; what is refused becomes a sentence."""
    from rundblick.cli.resolve import no_spark
    from rundblick.customers.merging import IdentityError
    from rundblick.customers.on_spark import NoSpark
    from rundblick.customers.weighed.reviewing import ReviewError
    from rundblick.customers.weighed.running import RunError
    from rundblick.customers.weighed.words import review_refusal, run_refusal
    from rundblick.customers.words import refusal

    with database_to_decide_in():
        try:
            yield
        except IdentityError as error:
            raise CommandError(refusal(error)) from error
        except NoSpark as error:
            raise CommandError(no_spark(error)) from error
        except RunError as error:
            raise CommandError(run_refusal(error)) from error
        except ReviewError as error:
            raise CommandError(review_refusal(error)) from error


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Draws how far a run is, with its rate."""
    line = ProgressLine(quiet=quiet)
    try:
        yield line.matching
    finally:
        line.end()


def _as_json(value: object) -> int:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0
