import django.db.models.deletion
import rundblick.core.ids
import rundblick.core.models
from rundblick.core.append_only import append_only
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0014_writing"),
        ('core', '0007_deeds'),
        ('customers', '0008_live_weighing'),
        ('people', '0005_audit'),
    ]

    operations = [
        migrations.CreateModel(
            name='SideTalk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('kind', models.TextField()),
                ('state', models.TextField(db_default='open')),
                ('opened_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('waits_since', models.DateTimeField(null=True)),
                ('remind_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('case', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('closed_by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('event', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.event')),
                ('opened_by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('source', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.source')),
            ],
        ),
        migrations.CreateModel(
            name='SideMessage',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='side', serialize=False, to='cases.message')),
                ('way', models.TextField()),
                ('other_address', models.BooleanField(db_default=False)),
                ('talk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='said', to='cases.sidetalk')),
            ],
        ),
        migrations.CreateModel(
            name='SideKey',
            fields=[
                ('pk', models.CompositePrimaryKey('digest', 'talk_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField()),
                ('message', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.message')),
                ('talk', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sidetalk')),
            ],
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('why', models.TextField(db_default='named')),
                ('at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('case', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('message', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.message')),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('team', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
                ('talk', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.sidetalk')),
            ],
        ),
        migrations.CreateModel(
            name='CaseLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('kind', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('a', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('b', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('event', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.event')),
                ('made_by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('removed_by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('a', 'b'), name='case_link_once')],
            },
        ),
        migrations.CreateModel(
            name='SideTalkContent',
            fields=[
                ('talk', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='content', serialize=False, to='cases.sidetalk')),
                ('heading', models.TextField()),
                ('recipients', models.JSONField(null=True)),
                ('draft', models.TextField(blank=True, db_default='')),
                ('record', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.sourcerecord')),
            ],
        ),
        migrations.AddIndex(
            model_name='sidetalk',
            index=models.Index(condition=models.Q(('remind_at__isnull', False)), fields=['remind_at'], name='side_talk_reminds'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(fields=['person', '-at', '-id'], name='mention_of_person'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(condition=models.Q(('seen_at', None)), fields=['person'], name='mention_unseen'),
        ),
        append_only("cases_caselink", "removed_at", "removed_by_id"),
        append_only(
            "cases_sidetalk",
            *("state", "last_at", "waits_since", "remind_at", "closed_at", "closed_by_id"),
        ),
        append_only("cases_sidemessage"),
        append_only("cases_sidekey"),
        append_only("cases_mention", "seen_at", "message_id", "case_id"),
    ]
