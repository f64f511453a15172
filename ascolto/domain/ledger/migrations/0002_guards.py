# SPDX-License-Identifier: Apache-2.0
"""The guards of the ledger: append-only tables, allocations within payment and instalment."""

from django.db import migrations

from ascolto.domain.ledger import guards


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("portfolio", "0001_initial"), ("records", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: guards.install(editor.connection), lambda apps, editor: guards.remove(editor.connection)
        )
    ]
