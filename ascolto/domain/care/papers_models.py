# SPDX-License-Identifier: Apache-2.0
"""What invoices lack through our own fault, and the files that were attached to mend it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ascolto.domain.access.models import TenantModel, User
from ascolto.domain.portfolio.models import Customer, Invoice


class Gap(TenantModel):
    """One thing that an invoice lacks, from the day we saw it until it arrived, or somebody accepted it as it is."""

    class Check(models.TextChoices):
        IBAN = "iban", _("IBAN missing or wrong")
        ADDRESSEE = "addressee", _("Addressee not complete")
        ORDER = "order", _("Purchase order missing")
        CIG = "cig", _("CIG missing")
        CUP = "cup", _("CUP missing")
        FILE = "file", _("No original file")
        DESCRIPTION = "description", _("Description not clear")
        DUE_DATE = "due_date", _("No due date in the document")
        AMOUNTS = "amounts", _("Amounts do not add up")
        CONTACT = "contact", _("No usable contact point")

    class Effect(models.TextChoices):
        BLOCK = "block", _("Blocks the reminders")
        WARN = "warn", _("Only a warning")

    class How(models.TextChoices):
        OPEN = "", pgettext_lazy("gap", "Open")
        ARRIVED = "arrived", _("It arrived")
        ACCEPTED = "accepted", _("Accepted as it is")
        SETTLED = "settled", _("Nothing left to pay")
        UNASKED = "unasked", _("No longer asked for")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="gaps", db_index=False)
    check_code = models.CharField(max_length=12, choices=Check.choices)
    effect = models.CharField(max_length=5, choices=Effect.choices)
    found_on = models.DateField()
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    closed_on = models.DateField(null=True)
    how = models.CharField(max_length=8, choices=How.choices, default=How.OPEN, blank=True)
    why = models.CharField(max_length=300, blank=True)
    closed_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "invoice", "check_code"], condition=Q(closed_on=None), name="one_open_gap_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, how="") | (Q(closed_on__isnull=False) & ~Q(how="")),
                name="gap_closes_somehow",
            ),
            models.CheckConstraint(condition=~Q(how="accepted") | ~Q(why=""), name="gap_accepted_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["client", "closed_on", "check_code"], name="gap_by_check"),
            models.Index(fields=["client", "customer"], name="gap_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.check_code}"


class KeptFile(TenantModel):
    """A file kept as it came, with who brought it; once per content for what it belongs to."""

    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha = models.CharField(max_length=64)
    content = models.BinaryField()
    author = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class InvoiceFile(KeptFile):
    """A copy of an invoice that somebody attached."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="files", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "invoice", "sha"], name="invoice_file_once")]
