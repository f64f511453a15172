# SPDX-License-Identifier: Apache-2.0
"""Promises to pay."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer


class Promise(TenantModel):
    """An amount by a day, said by the customer. Kept when paid >= tolerance x amount by due + grace (kpi.md)."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        KEPT = "kept", _("Kept")
        PARTLY = "partly", _("Partly kept")
        BROKEN = "broken", _("Broken")
        SUPERSEDED = "superseded", _("Superseded")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="promises", db_index=False)
    amount_cents = models.BigIntegerField()
    made_on = models.DateField()
    due_on = models.DateField()
    tolerance_permille = models.PositiveSmallIntegerField(default=950)
    grace_days = models.PositiveSmallIntegerField(default=3)
    channel = models.CharField(max_length=10, default="phone")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    paid_cents = models.BigIntegerField(default=0, help_text="What arrived between made_on and the judgement.")
    judged_on = models.DateField(null=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="promise_is_positive"),
            models.CheckConstraint(condition=Q(due_on__gte=F("made_on")), name="promise_is_not_for_the_past"),
            models.UniqueConstraint(
                fields=["client", "customer"], condition=Q(status="pending"), name="one_pending_promise"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "made_on"], name="promise_by_customer"),
            models.Index(fields=["client", "status", "due_on"], name="promise_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} by {self.due_on} ({self.status})"
