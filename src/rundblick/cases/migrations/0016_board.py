"""What was promised, not kept and not done late: a team's board asks for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_talk")]

    operations = [
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                fields=["due_at"],
                name="commitment_overdue",
                condition=models.Q(("settled_by__isnull", True), ("state", "broken")),
            ),
        ),
    ]
