"""What the company promises its customers, from the mapping of an import or a check."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0002_append_only")]

    operations: ClassVar = [
        migrations.AddField(model_name="installation", name="promise", field=models.JSONField(null=True)),
    ]
