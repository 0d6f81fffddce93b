"""What this room registers with lower ones: its readers, by kind of envelope (imported only where they read, in a
child process); what it holds, with privacy."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from rundblick.cases.models import Case
from rundblick.channels import channel
from rundblick.channels.email import accounts
from rundblick.channels.email.channel import EMAIL
from rundblick.channels.models import Account
from rundblick.core import letters, sweeps, verification
from rundblick.core.counting import Counted, counters
from rundblick.core.numbers import spaced
from rundblick.core.registry import readers, senders
from rundblick.people import gate, setting_up
from rundblick.privacy.registry import register

readers["mail"] = "rundblick.channels.email.reading:read_mail"

readers["cut_mail"] = "rundblick.channels.email.cut:read_cut_mail"

channel.register(EMAIL)


def _seen_by(user: Any, permission: str = "admin.settings") -> Q:
    """Accounts are the installation's: who may change its settings sees all of them."""
    return Q() if gate.allowed(user, permission) else gate.NOTHING


gate.guard("account", Account, _seen_by)


def _counter(path: str) -> Callable[[], Iterator[Counted]]:
    """Imported where it counts: a mail client is nothing that every process needs."""
    return lambda: channel.load(path)()


def _mailboxes() -> str:
    return ", ".join(Account.objects.order_by("id").values_list("address", flat=True)[:3])


setting_up.register(
    setting_up.Step(
        "mailbox",
        50,
        gettext_lazy("A mailbox"),
        gettext_lazy("The address to which your customers write, tested before it is kept."),
        _mailboxes,
    )
)


def _arrived() -> str:
    number = Case.objects.filter(channel="email").order_by("id").values_list("number", flat=True).first()
    return spaced(number) if number else ""


setting_up.register(
    setting_up.Step(
        "try",
        55,
        gettext_lazy("A first message"),
        gettext_lazy("Write a mail to it and see it arrive."),
        _arrived,
    )
)

counters["mailbox"] = _counter("rundblick.channels.email.imap.counting:count_mailboxes")
counters["door"] = _counter("rundblick.channels.email.door_counting:count_doors")
senders["email"] = "rundblick.channels.email.sending:MailSender"
letters.accounts.append(accounts.origins)

register("channels_account", skeleton="channel", installation="name address brand settings")
register("channels_account_secret", installation="name sealed")
register("channels_consent_secret", installation="state session redirect question verifier")
register("channels_accounthealth", skeleton="direction fault", installation="fault_detail")
register("channels_mailfolder", installation="name")
register("channels_mailheld", skeleton="fault")

verification.objects["account"] = "channels_account"


def _text_sweep() -> sweeps.Sweep:
    """Imported where it works: readers of files are nothing that every process needs."""
    from rundblick.channels.attached.sweeping import TextSweep

    return TextSweep()


sweeps.register("slow", "attachments", _text_sweep)
