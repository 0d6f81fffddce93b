from typing import ClassVar

from django.db import migrations

from rundblick.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar = [("privacy", "0001_initial"), ("core", "0002_append_only")]

    operations: ClassVar = [
        append_only("privacy_erasure"),
        append_only("privacy_erasedkey", "erasure_id", "at"),
        append_only("privacy_erasedrow"),
        append_only("privacy_auditentry"),
        append_only("privacy_auditseal"),
    ]
