# SPDX-License-Identifier: Apache-2.0
"""Care cases."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.portfolio.models import Customer, Invoice


class CareCase(TenantModel):
    """A dispute (part of an invoice is contested), a complaint (our service failed) or a request (wants to know)."""

    class Kind(models.TextChoices):
        DISPUTE = "dispute", _("Dispute")
        COMPLAINT = "complaint", _("Complaint")
        REQUEST = "request", _("Request")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="care_cases", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.CharField(max_length=300)
    disputed_cents = models.BigIntegerField(default=0)
    opened_on = models.DateField()
    deadline_on = models.DateField()
    closed_on = models.DateField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(disputed_cents__gte=0), name="disputed_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="dispute") | Q(invoice__isnull=False), name="a_dispute_names_its_invoice"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "opened_on"], name="care_by_customer"),
            models.Index(fields=["client", "closed_on", "deadline_on"], name="care_by_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.opened_on}"
