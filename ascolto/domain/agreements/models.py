# SPDX-License-Identifier: Apache-2.0
"""Promises to pay, plans of instalments with what they cover, and the ledger of concessions."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.agreements.path_models import HardshipPath as HardshipPath
from ascolto.domain.outreach.models import Contact, Document
from ascolto.domain.portfolio.models import Customer, Instalment


class Promise(TenantModel):
    """An amount by a day, said by the customer. Kept when paid >= tolerance x amount by due + grace (kpi.md).

    `contact` is the conversation or message in which it was said, when there is one; `who_said` and `what_said` are the
    customer's side whichever way it came: over the desk, out of a reply, from the portal.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        KEPT = "kept", _("Kept")
        PARTLY = "partly", _("Partly kept")
        BROKEN = "broken", _("Broken")
        SUPERSEDED = "superseded", _("Superseded")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        PEC = "pec", _("PEC")
        SMS = "sms", _("SMS")
        CHAT = "chat", _("Chat (WhatsApp and the like)")
        LETTER = "letter", _("Letter")
        VISIT = "visit", _("In person")
        PORTAL = "portal", _("Portal")
        SALES = "sales", _("Through the salesperson")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="promises", db_index=False)
    amount_cents = models.BigIntegerField()
    made_on = models.DateField()
    due_on = models.DateField()
    tolerance_permille = models.PositiveSmallIntegerField(default=950)
    grace_days = models.PositiveSmallIntegerField(default=3)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PHONE)
    said_by = models.CharField(max_length=120, blank=True, help_text="Who promised, when it is not the conversation's.")
    words = models.CharField(max_length=300, blank=True, help_text="What was said, when no conversation keeps it.")
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

    @property
    def who_said(self) -> str:
        return self.said_by or (self.contact.person if self.contact else "")

    @property
    def what_said(self) -> str:
        return self.words or (self.contact.note if self.contact else "")


class Plan(TenantModel):
    """A plan of instalments (piano di rientro) over what the customer owes. Judged by cash alone."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("To be approved")
        APPROVED = "approved", _("To be accepted")
        ACTIVE = "active", _("Running")
        FINISHED = "finished", _("Finished")
        SETTLED_EARLY = "settled", _("Settled early")
        BROKEN = "broken", _("Not kept")
        REPLACED = "replaced", _("Replaced")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.PROPOSED, Status.APPROVED)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="plans", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    total_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField(default=0, help_text="Received since the start, as last judged.")
    tolerance_permille = models.PositiveSmallIntegerField()
    grace_days = models.PositiveSmallIntegerField()
    missed_allowed = models.PositiveSmallIntegerField()
    legal_right = models.CharField(max_length=10, blank=True, help_text="Row of law/it/instalments.toml, if any.")
    monthly_cents = models.BigIntegerField(default=0, help_text="What the customer said they can pay each month.")
    money_arrives = models.CharField(max_length=120, blank=True, help_text="When the customer's money arrives.")
    note = models.CharField(max_length=500, blank=True)
    proposed_on = models.DateField()
    author = models.CharField(max_length=120)
    approved_on = models.DateField(null=True)
    approved_by = models.CharField(max_length=120, blank=True)
    accepted_on = models.DateField(null=True)
    accepted_how = models.CharField(max_length=20, blank=True, help_text="signed, email, pec, phone, portal")
    accepted_by = models.CharField(max_length=120, blank=True, help_text="The person who accepted.")
    proof = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    half_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    why_ended = models.CharField(max_length=300, blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    interest_kind = models.CharField(max_length=10, default="none", help_text="none, legal or agreed.")
    rate_bp = models.PositiveSmallIntegerField(default=0, help_text="Yearly, fixed for the whole plan.")
    interest_cents = models.BigIntegerField(default=0, help_text="The part of total_cents that is interest.")
    interest_paid_cents = models.BigIntegerField(
        default=0, help_text="Received beyond the capital: it lies on account until a document asks for it."
    )
    interest_law = models.JSONField(default=list, help_text="The rows of law that the rate rests on.")
    early_on = models.DateField(null=True, help_text="When the customer asked to settle it early.")
    early_by = models.DateField(null=True)
    early_cents = models.BigIntegerField(default=0, help_text="What settles it by that day.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_cents__gt=0), name="plan_is_positive"),
            models.CheckConstraint(
                condition=Q(interest_cents__gte=0, interest_cents__lt=F("total_cents")), name="plan_interest_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(interest_kind="none", rate_bp=0, interest_cents=0) | ~Q(interest_kind="none"),
                name="plan_interest_has_its_kind",
            ),
            models.UniqueConstraint(
                fields=["client", "customer"], condition=Q(status="active"), name="one_active_plan"
            ),
            models.UniqueConstraint(
                fields=["client", "customer"],
                condition=Q(status__in=["proposed", "approved"]),
                name="one_open_proposal",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "approved", "cancelled"])
                | (Q(accepted_on__isnull=False) & ~Q(accepted_how="") & ~Q(accepted_by="")),
                name="plan_runs_once_accepted",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "proposed_on"], name="plan_by_customer"),
            models.Index(fields=["client", "status"], name="plan_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.total_cents} ({self.status})"

    @property
    def capital_cents(self) -> int:
        """What it covers; the rest is the price of the time it gives."""
        return self.total_cents - self.interest_cents


class PlanInstalment(TenantModel):
    """One instalment of a plan. `met_on` and `missed_on` are what the last judgement found."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount_cents = models.BigIntegerField(help_text="Capital and interest.")
    interest_cents = models.BigIntegerField(default=0)
    paid_cents = models.BigIntegerField(default=0)
    met_on = models.DateField(null=True)
    missed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "plan", "number"], name="plan_instalment_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="plan_instalment_is_positive"),
            models.CheckConstraint(
                condition=Q(interest_cents__gte=0, interest_cents__lt=F("amount_cents")),
                name="plan_instalment_interest_is_a_part",
            ),
        ]
        indexes = [models.Index(fields=["client", "due_on"], name="plan_instalment_by_day")]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount_cents} by {self.due_on}"

    @property
    def capital_cents(self) -> int:
        return self.amount_cents - self.interest_cents


class PlanCover(TenantModel):
    """An invoice instalment that a plan replaces for the reminders; it stays in ageing."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="covers", db_index=False)
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="plan_covers", db_index=False)
    balance_cents = models.BigIntegerField(help_text="Open when the plan was proposed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "plan", "instalment"], name="plan_cover_once"),
        ]
        indexes = [models.Index(fields=["client", "instalment"], name="plan_cover_by_instalment")]

    def __str__(self) -> str:
        return f"{self.plan_id} covers {self.instalment_id}"


class Concession(TenantModel):
    """A leniency shown to a customer: it sets a precedent, so it is written down once and never changed."""

    class Kind(models.TextChoices):
        PLAN = "plan", _("Plan")
        LONGER_TERM = "longer", _("Longer than the terms of the role")
        NEW_PLAN = "replan", _("New plan in place of one")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="concessions", db_index=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="concessions", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    granted_on = models.DateField()
    cents = models.BigIntegerField(help_text="The amount on which we were lenient.")
    days = models.PositiveIntegerField(help_text="How many days later the money comes, weighted by amount.")
    why = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "plan", "kind"], name="concession_once")]
        indexes = [models.Index(fields=["client", "customer", "granted_on"], name="concession_by_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.cents} on {self.granted_on}"
