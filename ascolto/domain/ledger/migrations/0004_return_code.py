# SPDX-License-Identifier: Apache-2.0
"""Bank lines know that the bank takes something back. Nullable, so that SQLite adds the column and keeps the guards."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_aside'),
    ]

    operations = [
        migrations.AddField(
            model_name='bankline',
            name='return_code',
            field=models.CharField(
                help_text='The bank undoes an earlier entry: its reason code, or nothing; else NULL.',
                max_length=20,
                null=True,
            ),
        ),
    ]
