"""The trail of one person, newest first, by an index."""

from typing import ClassVar

import rundblick.core.models
from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import DO_NOTHING


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0004_leaving")]

    operations: ClassVar = [
        migrations.AddIndex("accesslog", models.Index(fields=["user", "id"], name="access_log_user")),
        migrations.AlterField(
            "accesslog",
            "user",
            rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
