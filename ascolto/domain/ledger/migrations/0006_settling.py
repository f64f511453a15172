# SPDX-License-Identifier: Apache-2.0
"""Rules of settling, charges beside the capital, and several payments of one bank line, held within its amount."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.ledger import guards


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_saved_views'),
        ('ledger', '0005_credit_requests'),
        ('portfolio', '0002_charges'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField()),
                ('order', models.CharField(help_text='capital, interest and expenses, comma between, first to last.', max_length=40)),
                ('small_cents', models.PositiveIntegerField(default=0)),
                ('small_permille', models.PositiveSmallIntegerField(default=0)),
                ('author', models.CharField(max_length=120)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.client')),
            ],
            options={
                'indexes': [models.Index(fields=['client', 'from_on'], name='cash_rule_by_date')],
                'constraints': [models.CheckConstraint(condition=models.Q(('small_permille__lte', 1000)), name='small_is_a_share')],
            },
        ),
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basis', models.CharField(choices=[('interest', 'Late interest'), ('flat_sum', 'Flat sum for recovery costs'), ('costs', 'Recovery costs paid')], max_length=8)),
                ('reckoned_on', models.DateField(help_text='Interest up to and with this day.')),
                ('worked', models.JSONField(default=list, help_text='Per stretch of days: capital, days, rate, cents as a fraction, row.')),
                ('rows', models.JSONField(default=list, help_text='The rows of law that were used, as they stood.')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('author', models.CharField(max_length=120)),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.client')),
                ('instalment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='charge', to='portfolio.instalment')),
                ('of_invoice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='portfolio.invoice')),
            ],
            options={
                'indexes': [models.Index(fields=['client', 'of_invoice'], name='charge_by_invoice')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('basis', 'costs'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='costs_have_a_reason')],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: guards.install_latest(editor.connection),
            lambda apps, editor: guards.remove_latest(editor.connection),
        ),
    ]
