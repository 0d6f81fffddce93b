"""Customers are found by parts of their names among a million: by trigrams of what their systems call them."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

# the expression that customers.naming asks for, to the letter
NAMES = (
    "(coalesce(facts->>'first_name', '') || ' ' || coalesce(facts->>'last_name', '') || ' ' || "
    "coalesce(facts->>'name', '') || ' ' || coalesce(facts->>'company', ''))"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0008_live_weighing")]

    operations: ClassVar = [
        migrations.RunSQL(
            f"CREATE INDEX customers_recordversion_names ON customers_recordversion USING gin ({NAMES} gin_trgm_ops)",
            "DROP INDEX customers_recordversion_names",
        ),
    ]
