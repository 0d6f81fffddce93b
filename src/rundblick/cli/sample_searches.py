"""What the sample company shows of search: searches that its people keep, and a letter with its scan and its table."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final

_SEARCHES: Final = (
    ("Geräte, die ausgelaufen sind", "ausgelaufen OR undicht OR tropft"),
    ("Rückrufe", "rückruf status:offen"),
    ("Rechnungen mit Anhang", "rechnung hat:anhang"),
)
_OWN: Final = ("Meine offenen Lieferungen", "lieferung status:offen bei:ich")
_PARAGRAPHS: Final = (
    "Kostenvoranschlag 2026-0417",
    "Waschmaschine Nordwind 7 kg, Austausch der Laugenpumpe und des Türgummis",
    "Arbeitszeit 1,5 Stunden, Anfahrt pauschal, Laugenpumpe, Türgummi",
    "Der Kostenvoranschlag gilt vier Wochen. Bitte geben Sie uns Bescheid.",
)


def show_search(now: datetime) -> None:
    """Searches of a team and of an agent are kept; a mail comes in whose attached estimate is found by its words."""
    from rundblick.cases.models import SavedSearch
    from rundblick.cases.saved_searches import keep_search
    from rundblick.core.envelope import Envelope
    from rundblick.intake.accept import accept
    from rundblick.people.models import Team, User

    agent = User.objects.filter(is_active=True, role="agent").order_by("id").first()
    if agent is None or SavedSearch.objects.exists():
        return
    team = Team.objects.filter(memberships__person__user=agent).order_by("id").first()
    keep_search(agent, *_OWN)
    for name, query in _SEARCHES if team else ():
        keep_search(agent, name, query, team)
    accept([Envelope("api:sample", "sample-estimate", "mail", now, _mail(now))])


def _mail(now: datetime) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Angebot der Werkstatt, bitte prüfen"
    mail["From"] = "Petra Beispiel <petra.beispiel@kunde.example>"
    mail["To"] = "service@nordlicht.example"
    mail["Date"] = now - timedelta(hours=6)
    mail["Message-ID"] = "<sample-estimate@kunde.example>"
    mail.set_content("Guten Tag,\n\nanbei, was die Werkstatt verlangt. Übernehmen Sie das?\n\nPetra Beispiel\n")
    kind = "vnd.openxmlformats-officedocument.wordprocessingml.document"
    mail.add_attachment(_document(), maintype="application", subtype=kind, filename="Kostenvoranschlag.docx")
    return mail.as_bytes()


def _document() -> bytes:
    """The estimate as a word processor keeps it."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in _PARAGRAPHS)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()
