# SPDX-License-Identifier: Apache-2.0
"""Two kinds of document more: interest and expenses that are charged. Choices only: no table changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portfolio', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='invoice',
            name='kind',
            field=models.CharField(choices=[('invoice', 'Invoice'), ('credit_note', 'Credit note'), ('debit_note', 'Debit note'), ('rent', 'Rent'), ('interest', 'Late interest'), ('expenses', 'Recovery costs')], default='invoice', max_length=12),
        ),
    ]
