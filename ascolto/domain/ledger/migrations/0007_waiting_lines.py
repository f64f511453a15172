# SPDX-License-Identifier: Apache-2.0
"""The lines that may wait for somebody, kept by triggers from now on."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.ledger import waiting


def start(apps, editor):
    waiting.install(editor.connection)
    waiting.fill(editor.connection)
    editor.connection.check_constraints()  # PostgreSQL makes no index on a table with checks still to be done


class Migration(migrations.Migration):
    dependencies = [("access", "0002_saved_views"), ("ledger", "0006_settling")]

    operations = [
        migrations.CreateModel(
            name="WaitingLine",
            fields=[
                (
                    "bank_line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="ledger.bankline",
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
            options={"indexes": [models.Index(fields=["client", "bank_line"], name="waiting_line")]},
        ),
        migrations.RunPython(start, lambda apps, editor: waiting.remove(editor.connection)),
    ]
