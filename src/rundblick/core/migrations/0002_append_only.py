"""Extensions that the rooms need, and the facts of this room made append-only."""

from typing import ClassVar

from django.contrib.postgres.operations import CreateExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

from rundblick.core.append_only import append_only, install_function


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]

    operations: ClassVar = [
        TrigramExtension(),
        UnaccentExtension(),
        CreateExtension("fuzzystrmatch"),
        install_function(),
        append_only("core_blob"),
        append_only("core_delivery", "hints"),
        append_only("core_event"),
        append_only("core_eventobject"),
    ]
