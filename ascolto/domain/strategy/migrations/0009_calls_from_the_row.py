# SPDX-License-Identifier: Apache-2.0
"""The triggers of the list to call take the new row from where it is, instead of reading it again."""

from typing import Any

from django.db import migrations

from ascolto.domain.strategy import calling


def renew(apps: Any, editor: Any) -> None:
    calling.remove(editor.connection)
    calling.install(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("strategy", "0008_lean_facts"), ("portfolio", "0001_initial")]
    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
