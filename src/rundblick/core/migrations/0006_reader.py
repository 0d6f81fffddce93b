import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_rulebooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reader',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('tx', models.BigIntegerField(db_default=0)),
                ('event_id', models.BigIntegerField(db_default=0)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
    ]
