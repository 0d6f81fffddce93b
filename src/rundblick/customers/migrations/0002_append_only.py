from typing import ClassVar

from django.db import migrations

from rundblick.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0001_initial"), ("core", "0002_append_only")]

    operations: ClassVar = [
        append_only("customers_sourcerecord"),
        append_only("customers_customer", "merged_into_id"),
        append_only("customers_assignment", "valid_to", "ended_by_id"),
    ]
