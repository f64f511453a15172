"""Disputes opened before cases had parts contest one part of their one invoice."""

from django.db import migrations
from django.db.models import F


def name_the_parts(apps, schema_editor):
    case, part = apps.get_model("care", "CareCase"), apps.get_model("care", "CasePart")
    rows = case.objects.filter(kind="dispute", invoice__isnull=False, disputed_cents__gt=0, parts__isnull=True)
    found = rows.values_list("client_id", "pk", "invoice_id", "disputed_cents")
    part.objects.bulk_create(
        (part(client_id=client, case_id=pk, invoice_id=invoice, amount_cents=cents) for client, pk, invoice, cents in found),
        batch_size=500,
    )
    case.objects.filter(received_on__isnull=True).update(received_on=F("opened_on"))


class Migration(migrations.Migration):

    dependencies = [("care", "0002_handling")]

    operations = [migrations.RunPython(name_the_parts, migrations.RunPython.noop)]
