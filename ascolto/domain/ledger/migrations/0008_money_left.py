# SPDX-License-Identifier: Apache-2.0
"""The payments that may have money left, kept by triggers from now on."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.ledger import resting


def start(apps, editor):
    resting.install(editor.connection)
    resting.fill(editor.connection)
    if editor.connection.vendor == "postgresql":  # it makes no index on a table with checks still to be done
        editor.connection.check_constraints()


class Migration(migrations.Migration):
    dependencies = [("access", "0002_saved_views"), ("ledger", "0007_waiting_lines")]

    operations = [
        migrations.CreateModel(
            name="MoneyLeft",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="resting",
                        serialize=False,
                        to="ledger.payment",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.client",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["client", "payment"], name="money_left")]},
        ),
        migrations.RunPython(start, lambda apps, editor: resting.remove(editor.connection)),
    ]
