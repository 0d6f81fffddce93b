"""What this room registers with lower ones: its readers, by kind of envelope (imported only where they read, in a
child process); what it holds, with privacy."""

from rundblick.channels import channel
from rundblick.channels.email.channel import EMAIL
from rundblick.core import verification
from rundblick.core.registry import readers
from rundblick.privacy.registry import register

readers["mail"] = "rundblick.channels.email.reading:read_mail"

readers["cut_mail"] = "rundblick.channels.email.cut:read_cut_mail"

channel.register(EMAIL)

register("channels_account", skeleton="channel", installation="name address brand settings")
register("channels_account_secret", installation="name sealed")
register("channels_accounthealth", skeleton="direction fault", installation="fault_detail")
register("channels_mailfolder", installation="name")
register("channels_mailheld", skeleton="fault")

verification.objects["account"] = "channels_account"
