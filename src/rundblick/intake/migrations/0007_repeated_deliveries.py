from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("intake", "0006_originals_of_letters"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outcome",
            index=models.Index(
                fields=["object_id"],
                name="outcome_repeats",
                condition=models.Q(("kind", "duplicate"), ("object_type", "message")),
            ),
        ),
    ]
