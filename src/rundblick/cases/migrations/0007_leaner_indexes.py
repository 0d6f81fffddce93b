"""No index that another one begins with; none for LIKE beside the one that the C collation uses for it."""

from typing import ClassVar

import django.db.models.deletion
import rundblick.core.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("cases", "0006_answers"),
        ("core", "0004_leaner_indexes"),
        ("customers", "0007_leaner_indexes"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="case",
            name="customer",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="system",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.system",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="message_set",
                to="cases.case",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="record",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.sourcerecord",
            ),
        ),
        migrations.AlterField(
            model_name="participant",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="participants",
                to="cases.case",
            ),
        ),
        migrations.RunSQL(
            "DROP INDEX IF EXISTS cases_case_number_980c9551_like",
            "CREATE INDEX cases_case_number_980c9551_like ON cases_case (number text_pattern_ops)",
        ),
    ]
