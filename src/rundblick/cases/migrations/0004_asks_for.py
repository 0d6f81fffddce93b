from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_tells_resolution'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='asks_for',
            field=models.TextField(null=True),
        ),
    ]
