# SPDX-License-Identifier: Apache-2.0
"""Requests to give something up: a credit note or a write-off, asked for with a reason, decided by whoever may."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.portfolio.models import Customer, Invoice


class CreditRequest(TenantModel):
    """Cents of one invoice that somebody asks to give up. Approved, it becomes a ledger entry of its kind.

    `document` is the client's own credit note, when it comes later: it then proves the entry and settles nothing twice.
    """

    class Kind(models.TextChoices):
        CREDIT_NOTE = "credit_note", _("Credit note")
        WRITE_OFF = "write_off", _("Write-off")

    class Status(models.TextChoices):
        PENDING = "pending", _("To approve")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credit_requests", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    case_id = models.BigIntegerField(null=True, help_text="The care case that it follows from, if any.")
    asked_by = models.CharField(max_length=120)
    asked_on = models.DateField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_on = models.DateField(null=True)
    why = models.CharField(max_length=300, blank=True)
    payment = models.OneToOneField("ledger.Payment", on_delete=models.PROTECT, null=True, related_name="credit_request")
    document = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="credit_is_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="credit_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status="pending", decided_on__isnull=True, payment__isnull=True)
                | Q(status="refused", decided_on__isnull=False, payment__isnull=True)
                | Q(status="approved", decided_on__isnull=False, payment__isnull=False),
                name="credit_is_decided_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "status", "asked_on"], name="credit_by_status"),
            models.Index(fields=["client", "invoice"], name="credit_by_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_cents} {self.status}"
