"""The first hour: marks of its steps, more contrast, and who has put the welcome away.

Whoever has signed in before needs no welcome.
"""

from typing import ClassVar

import rundblick.core.models
from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import DO_NOTHING
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0005_audit")]

    operations: ClassVar = [
        migrations.AddField("user", "contrast", models.TextField(db_default="auto")),
        migrations.AddField("user", "welcomed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE people_user SET welcomed_at = now() WHERE last_login IS NOT NULL", migrations.RunSQL.noop
        ),
        migrations.CreateModel(
            name="SetUpMark",
            fields=[
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("state", models.TextField()),
                ("at", models.DateTimeField(db_default=Now())),
                (
                    "by",
                    rundblick.core.models.Loose(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
