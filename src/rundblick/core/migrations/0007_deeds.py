"""What people did, newest first, of all, of one person and of one kind, without the messages that they wrote."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

_DEEDS = Q(actor_type="person") & ~Q(kind__startswith="message.")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0006_reader")]

    operations: ClassVar = [
        migrations.AddIndex("event", models.Index(fields=["id"], name="event_deeds", condition=_DEEDS)),
        migrations.AddIndex("event", models.Index(fields=["actor_id", "id"], name="event_deeds_of", condition=_DEEDS)),
        migrations.AddIndex("event", models.Index(fields=["kind", "id"], name="event_deeds_kind", condition=_DEEDS)),
    ]
