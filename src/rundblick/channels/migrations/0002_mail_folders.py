import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailFolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('uidvalidity', models.BigIntegerField()),
                ('after_uid', models.BigIntegerField(db_default=0)),
                ('last_uid', models.BigIntegerField(db_default=0)),
                ('done_uid', models.BigIntegerField(db_default=0)),
                ('again_from', models.BigIntegerField(null=True)),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('looked_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='folders', to='channels.account')),
            ],
        ),
        migrations.CreateModel(
            name='MailHeld',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.BigIntegerField()),
                ('fault', models.TextField()),
                ('tries', models.IntegerField(db_default=1)),
                ('held_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('next_at', models.DateTimeField()),
                ('folder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='held', to='channels.mailfolder')),
            ],
        ),
        migrations.AddConstraint(
            model_name='mailfolder',
            constraint=models.UniqueConstraint(fields=('account', 'name', 'uidvalidity'), name='mail_folder_is_one'),
        ),
        migrations.AddConstraint(
            model_name='mailheld',
            constraint=models.UniqueConstraint(fields=('folder', 'uid'), name='mail_held_is_one'),
        ),
    ]
