from typing import ClassVar

from django.db import migrations

from rundblick.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0001_initial"), ("core", "0002_append_only")]

    operations: ClassVar = [
        append_only("cases_message", "case_id", "superseded"),
        append_only("cases_call"),
        append_only("cases_attachment"),
        append_only("cases_threadkey"),
        append_only("cases_caseentry", "case_id", "superseded"),
    ]
