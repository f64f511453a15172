# SPDX-License-Identifier: Apache-2.0
"""The index of the old list to call goes; facts no longer repeat what has a column."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('strategy', '0007_to_call'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='decision',
            name='decision_worklist',
        ),
        migrations.AlterField(
            model_name='decision',
            name='facts',
            field=models.JSONField(help_text='What else the engine gave; unknowns and noughts are left out. `told` is the whole.'),
        ),
    ]
