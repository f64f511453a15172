# SPDX-License-Identifier: Apache-2.0
"""The decisions that a person carries out by voice, kept by triggers from now on."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.strategy import calling


def start(apps, editor):
    calling.install(editor.connection)
    calling.fill(editor.connection)
    if editor.connection.vendor == "postgresql":  # it makes no index on a table with checks still to be done
        editor.connection.check_constraints()


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0003_warn_of_gaps'),
        ('portfolio', '0005_search'),
        ('strategy', '0006_standing_answers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToCall',
            fields=[
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='to_call', serialize=False, to='strategy.decision')),
                ('operator_id', models.BigIntegerField(help_text="The customer's, and so its city.", null=True)),
                ('city', models.CharField(max_length=100)),
                ('promise_broken', models.PositiveSmallIntegerField(help_text='1: a promise not kept, to be spoken about first.')),
                ('step', models.CharField(max_length=60)),
                ('segment', models.CharField(max_length=20)),
                ('rule', models.CharField(max_length=60)),
                ('tone', models.PositiveSmallIntegerField(null=True)),
                ('priority', models.PositiveSmallIntegerField()),
                ('overdue_cents', models.BigIntegerField()),
                ('balance_cents', models.BigIntegerField()),
                ('oldest_due_on', models.DateField(null=True)),
                ('best_hour', models.PositiveSmallIntegerField(null=True)),
                ('until_on', models.DateField(null=True)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.client')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portfolio.customer')),
            ],
            options={
                'indexes': [models.Index(fields=['client', 'operator_id'], name='to_call_by_operator')],
                'constraints': [models.UniqueConstraint(fields=('client', 'customer'), name='to_call_once')],
            },
        ),
        migrations.RunPython(start, lambda apps, editor: calling.remove(editor.connection)),
    ]
