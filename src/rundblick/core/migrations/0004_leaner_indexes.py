"""No index that another one begins with, or that nothing reads; originals are stored as they are.

Originals are mostly packed already (base64 of pictures and PDF): trying it cost 100 us a mail and spared a fifth.
"""

from typing import ClassVar

import django.db.models.deletion
import rundblick.core.models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("core", "0003_promise"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="blobchunk",
            name="blob",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.blob",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="source",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.source",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="delivery",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.delivery",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="source",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.source",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE core_blobchunk ALTER COLUMN data SET STORAGE EXTERNAL",
            "ALTER TABLE core_blobchunk ALTER COLUMN data SET STORAGE EXTENDED",
        ),
    ]
