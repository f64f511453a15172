# SPDX-License-Identifier: Apache-2.0
"""Bank lines, payments and allocations. The database refuses what must never happen (see migrations/0002)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.ledger.credit_models import CreditRequest as CreditRequest
from ascolto.domain.ledger.key_models import FoundBy as FoundBy
from ascolto.domain.ledger.key_models import KeysKept as KeysKept
from ascolto.domain.ledger.key_models import KeyStale as KeyStale
from ascolto.domain.ledger.key_models import Owing as Owing
from ascolto.domain.ledger.rule_models import CashRule as CashRule
from ascolto.domain.ledger.rule_models import Charge as Charge
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice

BY_HAND = "by_hand"
"""The reason of a payment that a person gave to its customer."""


class BankStatement(TenantModel):
    """One statement of one account as the bank sent it."""

    iban = models.CharField(max_length=60)
    number = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    opening_on = models.DateField(null=True)
    opening_cents = models.BigIntegerField(null=True)
    closing_on = models.DateField(null=True)
    closing_cents = models.BigIntegerField(null=True)
    entries = models.PositiveIntegerField(default=0)
    batch_id = models.BigIntegerField(null=True)
    content_sha = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "content_sha"], name="statement_once")]
        indexes = [models.Index(fields=["client", "iban", "closing_on"], name="statement_by_account")]

    def __str__(self) -> str:
        return f"{self.iban} {self.closing_on}"


class BankLine(TenantModel):
    """One entry of a statement. Positive: money in. It never changes; payments made of it point here, of several
    customers when a person split it, together never more than its amount.
    """

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    end_to_end_id = models.CharField(max_length=80, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="Structured creditor reference.")
    remittance = models.TextField(blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_iban = models.CharField(max_length=60, blank=True)
    bank_reference = models.CharField(max_length=120, blank=True)
    return_code = models.CharField(
        max_length=20, null=True, help_text="The bank undoes an earlier entry: its reason code, or nothing; else NULL."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "statement", "position"], name="bank_line_once")]
        indexes = [
            models.Index(fields=["client", "booked_on"], name="bank_line_by_date"),
            models.Index(fields=["client", "payer_iban"], name="bank_line_by_payer"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_cents}"


class Payment(TenantModel):
    """Something that settles instalments: money received, a credit note, a write-off. A reversal is a negative twin.

    `idempotency_key` makes each happen once: for a bank line `line:<id>:<turn>`, the turn rising with every undo.
    """

    class Kind(models.TextChoices):
        MONEY = "money", _("Payment")
        CREDIT_NOTE = "credit_note", _("Credit note")
        WRITE_OFF = "write_off", _("Write-off")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.MONEY)
    paid_on = models.DateField(help_text="Value date: the day the customer paid.")
    known_on = models.DateField(help_text="The day we learnt of it: what was decided before did not know it.")
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, null=True, related_name="payments", db_index=False
    )
    credit_note = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    idempotency_key = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "idempotency_key"], name="payment_once"),
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, reverses__isnull=True) | Q(amount_cents__lt=0, reverses__isnull=False),
                name="payment_sign_tells_reversal",
            ),
            models.CheckConstraint(condition=~Q(kind="write_off") | ~Q(reason=""), name="write_off_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "paid_on"], name="payment_by_customer"),
            models.Index(fields=["client", "paid_on"], name="payment_by_date"),
            models.Index(fields=["client", "known_on"], name="payment_by_known"),
            models.Index(fields=["client", "bank_line"], name="payment_by_line"),
            models.Index(fields=["client"], name="payment_by_hand", condition=Q(reason=BY_HAND)),
        ]

    def __str__(self) -> str:
        return f"{self.paid_on} {self.amount_cents}"


class Allocation(TenantModel):
    """The part of a payment that settles one instalment. Negative only when it reverses another."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    amount_cents = models.BigIntegerField()
    paid_on = models.DateField(help_text="Copied from the payment: ageing as of a day needs no join.")
    known_on = models.DateField()
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=300, blank=True, help_text="Why this payment met this instalment, in words.")
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, reverses__isnull=True) | Q(amount_cents__lt=0, reverses__isnull=False),
                name="allocation_sign_tells_reversal",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "instalment"], name="allocation_by_instalment", include=["amount_cents"]),
            models.Index(fields=["client", "payment"], name="allocation_by_payment"),
            models.Index(fields=["client", "paid_on"], name="allocation_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}→{self.instalment_id} {self.amount_cents}"


class MatchProposal(TenantModel):
    """What we believe a bank line pays, how sure we are and why; waits for a person when not sure enough."""

    class Status(models.TextChoices):
        OPEN = "open", _("To confirm")
        CONFIRMED = "confirmed", _("Confirmed")
        REJECTED = "rejected", _("Rejected")
        SETTLED = "settled", _("Settled without a person")

    bank_line = models.ForeignKey(BankLine, on_delete=models.CASCADE, related_name="proposals", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    parts = models.JSONField(help_text="[[instalment id, cents], ...]")
    confidence_permille = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list, help_text="[[code, {params}], ...]: put into words on the page.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "bank_line", "customer"], name="proposal_once"),
        ]
        indexes = [models.Index(fields=["client", "status"], name="proposal_by_status")]

    def __str__(self) -> str:
        return f"{self.bank_line_id}→{self.customer_id} {self.confidence_permille}‰"


class LineAside(TenantModel):
    """A bank line that a person set aside as no customer's money, and why. Taking it up again adds a `lifts` row."""

    bank_line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="asides", db_index=False)
    lifts = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="lifted_by")
    reason = models.CharField(max_length=300)
    author = models.CharField(max_length=120)
    known_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="aside_has_a_reason")]
        indexes = [models.Index(fields=["client", "bank_line"], name="aside_by_line")]

    def __str__(self) -> str:
        return f"{self.bank_line_id} {self.reason}"


class WaitingLine(TenantModel):
    """A bank line that may wait for somebody. Written by the database's own triggers only (waiting.py)."""

    bank_line = models.OneToOneField(BankLine, on_delete=models.CASCADE, related_name="waiting", primary_key=True)

    class Meta:
        indexes = [models.Index(fields=["client", "bank_line"], name="waiting_line")]

    def __str__(self) -> str:
        return f"{self.bank_line_id}"


class MoneyLeft(TenantModel):
    """A payment that may have money left. Written by the database's own triggers only (resting.py)."""

    payment = models.OneToOneField(Payment, on_delete=models.CASCADE, related_name="resting", primary_key=True)

    class Meta:
        indexes = [models.Index(fields=["client", "payment"], name="money_left")]

    def __str__(self) -> str:
        return f"{self.payment_id}"
