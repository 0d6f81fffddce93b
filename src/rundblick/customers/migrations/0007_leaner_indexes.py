"""No index that another one begins with; none for LIKE beside the one that the C collation uses for it."""

from typing import ClassVar

import django.db.models.deletion
import rundblick.core.models
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("core", "0004_leaner_indexes"),
        ("customers", "0006_unreached"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="identifier",
            name="record",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.sourcerecord",
            ),
        ),
        migrations.AlterField(
            model_name="recordversion",
            name="record",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="customers.sourcerecord",
            ),
        ),
        migrations.AlterField(
            model_name="sourcerecord",
            name="system",
            field=rundblick.core.models.Loose(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.system",
            ),
        ),
        migrations.RunSQL(
            "DROP INDEX IF EXISTS customers_customer_number_c63b3994_like",
            "CREATE INDEX customers_customer_number_c63b3994_like ON customers_customer (number text_pattern_ops)",
        ),
    ]
