# SPDX-License-Identifier: Apache-2.0
"""Terms by which customers are found, filled for those who are known; indexes that answer a prefix in PostgreSQL."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ascolto.domain.portfolio import indexing

PREFIX = "varchar_pattern_ops"


class InPostgres:
    """SQLite knows no operator classes: its index is already the one that is wanted."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RemoveInPostgres(InPostgres, migrations.RemoveIndex):
    pass


class AddInPostgres(InPostgres, migrations.AddIndex):
    pass


def fill(apps, editor):
    """Before the index by text is there: a million customers bring ten million terms."""
    names = ("Customer", "ContactPoint", "SearchTerm", "NearWord")
    tables = indexing.Tables(*(apps.get_model("portfolio", name) for name in names))
    for pk in apps.get_model("access", "Client").objects.order_by("pk").values_list("pk", flat=True):
        indexing.fill(pk, tables)
    editor.connection.check_constraints()  # PostgreSQL makes no index on a table with checks still to be done


def _again(model, name, fields):
    classes = ["int8_ops", *[PREFIX] * (len(fields) - 1)]
    index = models.Index(fields=fields, name=name, opclasses=classes)
    return [RemoveInPostgres(model_name=model, name=name), AddInPostgres(model_name=model, index=index)]


def _key():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _client():
    return (
        "client",
        models.ForeignKey(
            db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.client"
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_saved_views"),
        ("portfolio", "0004_papers_and_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *_again("contactpoint", "contact_point_by_value", ["client", "channel", "value"]),
        *_again("customer", "customer_by_tax_code", ["client", "tax_code"]),
        *_again("customer", "customer_by_vat", ["client", "vat"]),
        *_again("invoice", "invoice_by_number", ["client", "number"]),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["client", "number"], name="customer_by_code", opclasses=["int8_ops", PREFIX]),
        ),
        migrations.CreateModel(
            name="NearWord",
            fields=[
                _key(),
                _client(),
                ("spelling", models.CharField(max_length=30)),
                ("word", models.CharField(max_length=30)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("client", "spelling", "word"), name="near_word_once")]
            },
        ),
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                _key(),
                _client(),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portfolio.customer",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("n", "name"), ("w", "name from a later word on"), ("p", "phone")], max_length=1
                    ),
                ),
                ("term", models.CharField(max_length=48)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="searchterm",
            index=models.Index(
                fields=["client", "kind", "term", "customer"],
                name="term_by_text",
                opclasses=["int8_ops", PREFIX, PREFIX, "int8_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="searchterm", index=models.Index(fields=["client", "customer"], name="term_by_customer")
        ),
    ]
