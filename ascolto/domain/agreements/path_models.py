# SPDX-License-Identifier: Apache-2.0
"""Hardship paths: what is agreed with a customer in difficulty, from its first day to its outcome."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.outreach.models import Contact
from ascolto.domain.portfolio.models import Customer


class HardshipPath(TenantModel):
    """A pause, then a softer cadence, until a day on which a person looks at it again with the customer."""

    class Sign(models.TextChoices):
        TEMPORARY = "temporary", _("A difficult moment")
        STRUCTURAL = "structural", _("A lasting difficulty")
        VULNERABLE = "vulnerable", _("Protected or fragile person")
        BONUS = "bonus", _("Receives the social bonus")

    class Outcome(models.TextChoices):
        RUNNING = "", _("Running")
        RECOVERED = "recovered", _("Pays again as usual")
        PLAN = "plan", _("A plan was agreed")
        REFERRED = "referred", _("Followed by the social service")
        FORGIVEN = "forgiven", _("Part of it is given up")
        UNCHANGED = "unchanged", _("Nothing has changed")
        MISTAKE = "mistake", _("Opened by mistake")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="paths", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="paths", db_index=False)
    sign = models.CharField(max_length=12, choices=Sign.choices)
    said = models.CharField(max_length=500, help_text="What the customer said, in their words.")
    started_on = models.DateField()
    pause_until_on = models.DateField(null=True, help_text="Last day of the pause; empty: none.")
    review_on = models.DateField()
    ended_on = models.DateField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RUNNING, blank=True)
    why_ended = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)
    ended_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "customer"], condition=Q(ended_on__isnull=True), name="one_running_path"
            ),
            models.CheckConstraint(condition=~Q(said=""), name="path_keeps_what_was_said"),
            models.CheckConstraint(
                condition=Q(pause_until_on__isnull=True) | Q(pause_until_on__lt=F("review_on")),
                name="path_is_reviewed_after_its_pause",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, outcome="") | (Q(ended_on__isnull=False) & ~Q(outcome="")),
                name="path_ends_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "started_on"], name="path_by_customer"),
            models.Index(fields=["client", "ended_on", "review_on"], name="path_by_review"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} from {self.started_on}"
