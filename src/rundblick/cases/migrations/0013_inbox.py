import django.db.models.deletion
import django.db.models.functions.datetime
import rundblick.core.ids
import rundblick.core.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0012_attachment_text"),
        ('people', '0004_leaving'),
    ]

    operations = [
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('pk', models.CompositePrimaryKey('person_id', 'case_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('case', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='CaseSeen',
            fields=[
                ('pk', models.CompositePrimaryKey('person_id', 'case_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('case', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('name', models.TextField()),
                ('query', models.TextField(blank=True, db_default='')),
                ('person', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('team', rundblick.core.models.Loose(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
                ('place', models.IntegerField(db_default=0)),
                ('made_by', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', True), ('team__isnull', False)), models.Q(('person__isnull', False), ('team__isnull', True)), _connector='OR'), name='saved_filter_has_one_owner')]},
        ),
        migrations.CreateModel(
            name='BulkDeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('person', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('kind', models.TextField()),
                ('key', models.UUIDField()),
                ('told', models.JSONField(default=dict)),
                ('to_person', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.person')),
                ('to_team', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
                ('into', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('undone_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-id'], name='bulk_deed_of_person')],
                'constraints': [models.UniqueConstraint(fields=('person', 'key'), name='bulk_deed_once')],
            },
        ),
        migrations.CreateModel(
            name='BulkReason',
            fields=[
                ('deed', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reason', serialize=False, to='cases.bulkdeed')),
                ('text', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='BulkRow',
            fields=[
                ('pk', models.CompositePrimaryKey('deed_id', 'place', blank=True, editable=False, primary_key=True, serialize=False)),
                ('deed', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.bulkdeed')),
                ('place', models.IntegerField()),
                ('case', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.case')),
                ('state', models.TextField(db_default='waiting')),
                ('code', models.TextField(blank=True, db_default='')),
                ('entry', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.caseentry')),
                ('regrouping', rundblick.core.models.Loose(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.regrouping')),
                ('before', models.JSONField(null=True)),
            ],
            options={'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'undoing'))), fields=['deed'], name='bulk_row_to_do')]},
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('merged_into__isnull', True), ('state__in', ('new', 'open', 'pending'))), fields=['owner_person', '-last_at', '-id'], name='case_my_inbox'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('merged_into__isnull', True), ('state__in', ('new', 'open', 'pending')), models.Q(('topic', ''), _negated=True)), fields=['topic', '-last_at', '-id'], name='case_topic_inbox'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('flagged', True)), fields=['-last_at', '-id'], name='case_flagged'),
        ),
    ]
