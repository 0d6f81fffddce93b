"""Counts of attempts: not logged, since nothing is lost when a crash forgets them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0002_append_only")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.BinaryField(primary_key=True, serialize=False)),
                ("used_until", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL("ALTER TABLE people_ratelimit SET UNLOGGED", "ALTER TABLE people_ratelimit SET LOGGED"),
    ]
