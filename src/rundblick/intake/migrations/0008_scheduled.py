
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0007_repeated_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoing',
            name='scheduled',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='outgoing',
            name='seen_up_to',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='outgoing',
            name='then',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AlterField(
            model_name='outgoing',
            name='state',
            field=models.TextField(choices=[('waiting', 'Waiting'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed'), ('dead', 'Dead'), ('cancelled', 'Cancelled'), ('held', 'Held')], db_default='waiting'),
        ),
    ]
