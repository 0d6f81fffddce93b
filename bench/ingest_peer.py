"""django-helpdesk's side of the bench: its function that makes a ticket from one message.

    python -m bench.ingest_peer FOLDER POSTMASTER DATABASE_URL default|silent

Runs in an environment that holds nothing but django-helpdesk (bench/requirements-ingest.txt). ``default`` is the
package as it installs itself: it writes an acknowledgement for each new ticket, which a backend here throws away.
``silent`` has its templates of mails removed, so that it does less than by default, and no more than we do.
Prints one JSON object.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.utils import encoding

from bench.cpu import cpu_seconds
from bench.mails import real_mails, warm_up_mails


def configure(url: str, media: str) -> None:
    """The settings of its own documentation, without what it needs for pages only."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        DEBUG=False,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench.ingest_peer_urls",
        MEDIA_ROOT=media,
        MEDIA_URL="/media/",
        STATIC_URL="/static/",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_FROM_EMAIL="service@bench.example",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        LOGGING_CONFIG=None,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": unquote(host),
                "PORT": str(parse_qs(parts.query).get("port", [parts.port or ""])[0]),
                "CONN_MAX_AGE": None,
            }
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.admin",
            "django.contrib.humanize",
            "rest_framework",
            "helpdesk",
        ],
        MIDDLEWARE=[],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}],
        HELPDESK_ENABLE_ATTACHMENTS=True,
        HELPDESK_TEAMS_MODE_ENABLED=False,  # teams are an extra package
    )


def with_pages() -> None:
    """What its pages need beside that, as its documentation says."""
    settings.MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"] = [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
    settings.LOGIN_URL = "/login/"
    settings.LOGIN_REDIRECT_URL = "/"


def main(folder: Path, postmaster: int, url: str, variant: str) -> None:
    with tempfile.TemporaryDirectory() as media:
        configure(url, media)
        django.setup()
        logging.disable(logging.CRITICAL)
        call_command("migrate", verbosity=0)
        from django.db import connection
        from helpdesk.email import extract_email_metadata
        from helpdesk.models import EmailTemplate, FollowUp, Queue

        if variant == "silent":
            EmailTemplate.objects.all().delete()
        queue = Queue.objects.create(
            title="Service", slug="service", email_address="service@bench.example", allow_email_submission=True
        )
        log = logging.getLogger("bench")
        faults: dict[str, int] = {}

        tickets: list[int | None] = []

        def feed(mails: list[bytes]) -> int:
            lost = 0
            tickets.clear()
            for raw in mails:
                try:  # as its IMAP and POP3 loops do: one message after another, bytes taken for UTF-8
                    ticket = extract_email_metadata(encoding.force_str(raw, errors="replace"), queue, log)
                    lost += ticket is None
                    tickets.append(None if ticket is None else ticket.pk)
                except Exception as error:
                    tickets.append(None)
                    faults[type(error).__name__] = faults.get(type(error).__name__, 0) + 1
                    lost += 1
            return lost

        if feed(warm_up_mails()):
            raise SystemExit(f"the peer is set up wrongly: it loses ordinary mails: {faults}")
        follow_ups = FollowUp.objects.count()
        mails = real_mails(folder)
        before, database_before, begun = cpu_seconds(os.getpid()), cpu_seconds(postmaster), time.monotonic()
        lost = feed(mails)
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        python, database = cpu_seconds(os.getpid()) - before, cpu_seconds(postmaster) - database_before
        wall = time.monotonic() - begun
        each = 1000 / len(mails)
        result = {
            "version": version("django-helpdesk"),
            "mails": len(mails),
            "python_ms": python * each,
            "postgres_ms": database * each,
            "cpu_ms": (python + database) * each,
            "wall_ms": wall * each,
            "lost": lost,
            "faults": faults,
            "messages": FollowUp.objects.count() - follow_ups,
            "cases": list(tickets),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
