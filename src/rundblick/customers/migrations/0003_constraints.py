import django.db.models.deletion
import rundblick.core.ids
import rundblick.core.models
from django.db import migrations, models

from rundblick.core.append_only import append_only


# Numbers that were merged one after the other led on in steps; now each leads straight to who has most of the records
# that it had at its end.
LEAD_STRAIGHT = """
UPDATE customers_customer c SET merged_into_id = l.target
FROM (
    SELECT DISTINCT ON (f.customer_id) f.customer_id AS id, n.customer_id AS target
    FROM (
        SELECT a.customer_id, a.record_id, rank() OVER (PARTITION BY a.customer_id ORDER BY a.valid_to DESC) AS back
        FROM customers_assignment a JOIN customers_customer d ON d.id = a.customer_id
        WHERE d.merged_into_id IS NOT NULL
    ) f
    JOIN customers_assignment n ON n.record_id = f.record_id AND n.valid_to IS NULL
    WHERE f.back = 1
    GROUP BY f.customer_id, n.customer_id
    ORDER BY f.customer_id, count(*) DESC, n.customer_id
) l
WHERE c.id = l.id AND c.merged_into_id <> l.target
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_append_only'),
        ('customers', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Constraint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField()),
                ('standing', models.BooleanField(db_default=True)),
            ],
        ),
        migrations.CreateModel(
            name='IdentityAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=rundblick.core.ids.uuid7, unique=True)),
                ('kind', models.TextField()),
                ('override', models.BooleanField(db_default=False)),
                ('standing', models.BooleanField(db_default=True)),
                ('customer', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer')),
                ('event', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.event')),
                ('other', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer')),
                ('undoes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='customers.identityact')),
            ],
        ),
        migrations.CreateModel(
            name='ConstraintRecord',
            fields=[
                ('pk', models.CompositePrimaryKey('constraint_id', 'record_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('side', models.SmallIntegerField(db_default=1)),
                ('constraint', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.constraint')),
                ('record', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.sourcerecord')),
            ],
        ),
        migrations.CreateModel(
            name='IdentityReason',
            fields=[
                ('act', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reason', serialize=False, to='customers.identityact')),
                ('text', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='ConstraintEnd',
            fields=[
                ('pk', models.CompositePrimaryKey('constraint_id', 'act_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('constraint', rundblick.core.models.Loose(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.constraint')),
                ('act', rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.identityact')),
            ],
        ),
        migrations.AddField(
            model_name='constraint',
            name='act',
            field=rundblick.core.models.Loose(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.identityact'),
        ),
        append_only("customers_identityact", "standing"),
        append_only("customers_constraint", "standing"),
        append_only("customers_constraintrecord"),
        append_only("customers_constraintend"),
        migrations.RunSQL(LEAD_STRAIGHT, migrations.RunSQL.noop),
    ]
