# SPDX-License-Identifier: Apache-2.0
"""How far the ledger's copy goes, and, kept by triggers from now on, which invoices were rewritten since."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.strategy import rewritten


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0003_warn_of_gaps'),
        ('portfolio', '0005_search'),
        ('strategy', '0009_calls_from_the_row'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerKept',
            fields=[
                ('client', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='access.client')),
                ('token', models.CharField(max_length=32)),
                ('instalment_mark', models.BigIntegerField()),
                ('allocation_mark', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Rewritten',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('invoice_id', models.BigIntegerField()),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.client')),
            ],
            options={
                'indexes': [models.Index(fields=['client', 'invoice_id'], name='rewritten_by_invoice')],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: rewritten.install(editor.connection),
            lambda apps, editor: rewritten.remove(editor.connection),
        ),
    ]
