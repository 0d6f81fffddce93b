import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_promise'),
        ('intake', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProofWish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('day', models.DateField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('told', models.BigIntegerField(null=True)),
                ('kept', models.BigIntegerField(db_default=0)),
                ('waiting', models.BigIntegerField(db_default=0)),
                ('lost', models.BigIntegerField(db_default=0)),
                ('worst', models.BigIntegerField(db_default=0)),
                ('missing', models.JSONField(default=list)),
                ('good', models.BooleanField(db_default=True)),
                ('fault', models.TextField(blank=True, db_default='')),
                ('detail', models.TextField(blank=True, db_default='')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.source')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'kind', 'day'), name='proof_of_a_day_is_one')],
            },
        ),
    ]
