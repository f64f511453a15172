# SPDX-License-Identifier: Apache-2.0
"""What a client decided about settling, from a day on; and what was charged beside the capital. Both only add."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.portfolio.models import Instalment, Invoice


class CashRule(TenantModel):
    """From `from_on` on: what money settles first, and which difference is small. The latest that began is in force."""

    from_on = models.DateField()
    order = models.CharField(max_length=40, help_text="capital, interest and expenses, comma between, first to last.")
    small_cents = models.PositiveIntegerField(default=0)
    small_permille = models.PositiveSmallIntegerField(default=0)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(small_permille__lte=1000), name="small_is_a_share")]
        indexes = [models.Index(fields=["client", "from_on"], name="cash_rule_by_date")]

    def __str__(self) -> str:
        return f"{self.from_on} {self.order}"


class Charge(TenantModel):
    """Interest or expenses charged about one invoice. The debt is the charge's own document with one instalment; here
    is why: from when to when, at which rates, by which rows of law. Withdrawn by a credit, never deleted.
    """

    class Basis(models.TextChoices):
        INTEREST = "interest", _("Late interest")
        FLAT_SUM = "flat_sum", _("Flat sum for recovery costs")
        COSTS = "costs", _("Recovery costs paid")

    instalment = models.OneToOneField(Instalment, on_delete=models.PROTECT, related_name="charge")
    of_invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="charges", db_index=False)
    basis = models.CharField(max_length=8, choices=Basis.choices)
    reckoned_on = models.DateField(help_text="Interest up to and with this day.")
    worked = models.JSONField(
        default=list, help_text="Per stretch of days: capital, days, rate, cents as a fraction, row."
    )
    rows = models.JSONField(default=list, help_text="The rows of law that were used, as they stood.")
    reason = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(basis="costs") | ~Q(reason=""), name="costs_have_a_reason"),
        ]
        indexes = [models.Index(fields=["client", "of_invoice"], name="charge_by_invoice")]

    def __str__(self) -> str:
        return f"{self.basis} {self.of_invoice_id}"
