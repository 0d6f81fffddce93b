from typing import ClassVar

from django.db import migrations

from rundblick.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("intake", "0001_initial"), ("core", "0002_append_only")]

    operations: ClassVar = [append_only("intake_outcome")]
