# SPDX-License-Identifier: Apache-2.0
"""Keys by which a line finds whom it could mean; filled by the next night."""

import django.db.models.deletion
from django.db import migrations, models

from ascolto.domain.ledger import stale


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_warn_of_gaps"),
        ("ledger", "0008_money_left"),
        ("portfolio", "0005_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="FoundBy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name="KeysKept",
            fields=[
                (
                    "client",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="access.client",
                    ),
                ),
                ("customers", models.BigIntegerField(help_text="How many there are.")),
                ("customer_mark", models.BigIntegerField()),
                ("account_mark", models.BigIntegerField()),
                ("instalment_mark", models.BigIntegerField()),
                ("allocation_mark", models.BigIntegerField()),
                ("known_on", models.DateField(help_text="The day of the last look: keys are right from then on.")),
            ],
        ),
        migrations.CreateModel(
            name="KeyStale",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Owing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
                ("cents", models.BigIntegerField()),
                ("in_all", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(condition=models.Q(("reason", "by_hand")), fields=["client"], name="payment_by_hand"),
        ),
        migrations.AddField(
            model_name="foundby",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.client"
            ),
        ),
        migrations.AddField(
            model_name="keystale",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.client"
            ),
        ),
        migrations.AddField(
            model_name="owing",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.client"
            ),
        ),
        migrations.AddIndex(
            model_name="foundby",
            index=models.Index(fields=["client", "key", "customer_id"], name="found_by_key"),
        ),
        migrations.AddIndex(
            model_name="foundby",
            index=models.Index(fields=["client", "customer_id"], name="found_by_customer"),
        ),
        migrations.AddIndex(
            model_name="keystale",
            index=models.Index(fields=["client"], name="key_stale"),
        ),
        migrations.AddIndex(
            model_name="owing",
            index=models.Index(fields=["client", "cents", "customer_id"], name="owing_by_cents"),
        ),
        migrations.AddIndex(
            model_name="owing",
            index=models.Index(fields=["client", "customer_id"], name="owing_by_customer"),
        ),
        migrations.RunPython(
            lambda apps, editor: stale.install(editor.connection), lambda apps, editor: stale.remove(editor.connection)
        ),
    ]
