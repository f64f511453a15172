# SPDX-License-Identifier: Apache-2.0
"""Care cases with their parts, their discussion and their evidence."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel, User
from ascolto.domain.care.papers_models import Gap as Gap
from ascolto.domain.care.papers_models import InvoiceFile as InvoiceFile
from ascolto.domain.care.papers_models import KeptFile
from ascolto.domain.portfolio.models import Customer, Invoice


class CareCase(TenantModel):
    """A dispute (part of an invoice is contested), a complaint (our service failed) or a request (wants to know).

    `disputed_cents` is the sum of the parts, written with them. `clock` names the row of policies that set the deadline.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", _("Dispute")
        COMPLAINT = "complaint", _("Complaint")
        REQUEST = "request", _("Request")

    class Topic(models.TextChoices):
        AMOUNT = "amount", _("Amount or consumption")
        METER = "meter", _("Meter or reading")
        DOUBLE_BILLING = "double_billing", _("Billed twice")
        SERVICE = "service", _("Service or delivery")
        PAID_ALREADY = "paid_already", _("Paid already")
        CONTRACT = "contract", _("Contract or price")
        PAPERS = "papers", _("Invoice or documents")
        OTHER = "other", _("Something else")

    class Fault(models.TextChoices):
        UNKNOWN = "", _("Not known yet")
        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("The customer's")
        NOBODY = "nobody", _("Nobody's")

    class Waiting(models.TextChoices):
        NOBODY = "", _("Nobody")
        CLIENT = "client", _("The client's people")
        CUSTOMER = "customer", _("The customer")

    class Verdict(models.TextChoices):
        OPEN = "", _("Open")
        UPHELD = "upheld", _("The customer is right")
        PARTIAL = "partial", _("Right in part")
        CONFIRMED = "confirmed", _("Confirmed as it was")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn by the customer")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="care_cases", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    topic = models.CharField(max_length=16, choices=Topic.choices, default=Topic.OTHER)
    fault = models.CharField(max_length=8, choices=Fault.choices, default=Fault.UNKNOWN, blank=True)
    reason = models.CharField(max_length=300)
    disputed_cents = models.BigIntegerField(default=0)
    received_on = models.DateField(
        null=True, help_text="When the customer's word reached us; empty: the day it was opened."
    )
    opened_on = models.DateField()
    deadline_on = models.DateField()
    clock = models.CharField(
        max_length=12, blank=True, help_text="Row of law/it/complaints.toml, or own; empty: set by hand."
    )
    promised_by = models.DateField(null=True, help_text="The last day by the client's charter, when it promises one.")
    promised_cents = models.PositiveIntegerField(
        default=0, help_text="What the charter gives the customer when the answer comes later."
    )
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    waiting = models.CharField(max_length=8, choices=Waiting.choices, default=Waiting.NOBODY, blank=True)
    closed_on = models.DateField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN, blank=True)
    granted_cents = models.BigIntegerField(default=0)
    indemnity_cents = models.BigIntegerField(default=0, help_text="Owed to the customer because the answer came late.")
    outcome = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(disputed_cents__gte=0), name="disputed_not_negative"),
            models.CheckConstraint(
                condition=~Q(kind="dispute") | Q(invoice__isnull=False), name="a_dispute_names_its_invoice"
            ),
            models.CheckConstraint(
                condition=Q(
                    granted_cents__gte=0, granted_cents__lte=models.F("disputed_cents"), indemnity_cents__gte=0
                ),
                name="granted_within_the_dispute",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "opened_on"], name="care_by_customer"),
            models.Index(fields=["client", "closed_on", "deadline_on"], name="care_by_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.opened_on}"

    @property
    def since(self) -> dt.date:
        """The day from which the clock runs."""
        return self.received_on or self.opened_on

    @property
    def state(self) -> str:
        """Column of the board: new, working, client, customer, closed."""
        if self.closed_on is not None:
            return "closed"
        return self.waiting or ("working" if self.owner_id else "new")


class CasePart(TenantModel):
    """What exactly is contested: an invoice, a line of it in words, cents."""

    case = models.ForeignKey(CareCase, on_delete=models.CASCADE, related_name="parts", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.CharField(max_length=200, blank=True)
    amount_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="case_part_is_positive"),
            models.UniqueConstraint(fields=["client", "case", "invoice", "line"], name="case_part_once"),
        ]
        indexes = [models.Index(fields=["client", "invoice"], name="case_part_by_invoice")]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.line} {self.amount_cents}"


class CaseEvent(TenantModel):
    """One line of a case's story: what happened, or what somebody said, and who may read it."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        NOTE = "note", _("Note")
        OWNER = "owner", _("Owner")
        WAITING = "waiting", _("Waiting for")
        EVIDENCE = "evidence", _("Evidence")
        CONVERTED = "converted", _("Changed kind")
        LETTER = "letter", _("Written to the customer")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")

    class Visibility(models.TextChoices):
        INTERNAL = "internal", _("Only us")
        CLIENT = "client", _("Also the client's people")

    case = models.ForeignKey(CareCase, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.INTERNAL)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    author = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client", "case", "at"], name="case_event_by_case")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Evidence(KeptFile):
    """A file that proves something in a case."""

    case = models.ForeignKey(CareCase, on_delete=models.CASCADE, related_name="evidence", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "case", "sha"], name="evidence_once")]
