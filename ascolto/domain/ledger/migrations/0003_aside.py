# SPDX-License-Identifier: Apache-2.0
"""Bank lines set aside, append-only like the rest of the ledger."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.ledger import guards


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0001_initial'),
        ('ledger', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='LineAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('author', models.CharField(max_length=120)),
                ('known_on', models.DateField()),
                ('bank_line', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='asides', to='ledger.bankline')),
                ('client', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.client')),
                ('lifts', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lifted_by', to='ledger.lineaside')),
            ],
            options={
                'indexes': [models.Index(fields=['client', 'bank_line'], name='aside_by_line')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='aside_has_a_reason')],
            },
        ),
        migrations.RunPython(
            lambda apps, editor: guards.install_later(editor.connection),
            lambda apps, editor: guards.remove_later(editor.connection),
        ),
    ]
