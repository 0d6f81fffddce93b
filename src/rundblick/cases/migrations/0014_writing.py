
import django.db.models.deletion
import django.db.models.functions.datetime
import rundblick.core.ids
import rundblick.core.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0013_inbox"),
        ('customers', '0008_live_weighing'),
        ('people', '0005_audit'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='page',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='draft',
            name='version',
            field=models.IntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name='DraftAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(unique=True)),
                ('text', models.TextField()),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts_aside', to='cases.case')),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('record', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.sourcerecord')),
            ],
        ),
        migrations.CreateModel(
            name='Inserted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.TextField()),
                ('suggested', models.BooleanField(db_default=False)),
                ('text', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inserted', to='cases.case')),
                ('record', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.sourcerecord')),
            ],
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('page', models.UUIDField(primary_key=True, serialize=False)),
                ('writes', models.BooleanField(db_default=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('name', models.TextField()),
                ('text', models.TextField()),
                ('language', models.TextField(blank=True, db_default='')),
                ('channel', models.TextField(blank=True, db_default='')),
                ('topic', models.TextField(blank=True, db_default='')),
                ('version', models.IntegerField(db_default=1)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('retired_at', models.DateTimeField(null=True)),
                ('used', models.IntegerField(db_default=0)),
                ('used_at', models.DateTimeField(null=True)),
                ('team', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
            ],
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('name', models.TextField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('by', models.BigIntegerField(null=True)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='cases.template')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('template', 'version'), name='template_version')],
            },
        ),
    ]
