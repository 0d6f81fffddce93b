"""What this room registers with lower ones: how connectors read archives of mail, which channels know."""

from rundblick.connectors.reading import register_archive

register_archive("mail", "rundblick.channels.email.archives:iter_archive")
register_archive("mail.reader", "rundblick.channels.email.reading:read_mail")
