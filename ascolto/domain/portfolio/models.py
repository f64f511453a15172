# SPDX-License-Identifier: Apache-2.0
"""Customers, how to reach them, what was invoiced to them. Instalments are the open items."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel, User
from ascolto.domain.portfolio.search_models import PREFIX
from ascolto.domain.portfolio.search_models import NearWord as NearWord
from ascolto.domain.portfolio.search_models import SearchTerm as SearchTerm


class Customer(TenantModel):
    """The person or firm that pays. `number` is the client's own code."""

    class Kind(models.TextChoices):
        CONSUMER = "consumer", _("Household")
        BUSINESS = "business", _("Business")
        PUBLIC = "public", _("Public administration")

    number = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    search_name = models.CharField(max_length=200, help_text="Name in lower case without accents, for search.")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CONSUMER)
    tax_code = models.CharField(max_length=20, blank=True)
    vat = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=5, default="it")
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, default="IT")
    vulnerable = models.BooleanField(default=False, help_text="Protected: softer tone, hardship path first.")
    social_bonus = models.BooleanField(default=False, help_text="Receives the social bonus for energy or water.")
    protection = models.CharField(max_length=6, blank=True, help_text="Row of law that forbids to cut off the supply.")
    demands = models.CharField(
        max_length=40,
        blank=True,
        help_text="What its invoices must name, as checks of engine/papers.py: order cig cup.",
    )
    active = models.BooleanField(default=True)
    wants_courtesy = models.BooleanField(default=False, help_text="Asked for a word after each invoice.")
    preferred_channel = models.CharField(max_length=10, blank=True)
    operator = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    salesperson = models.CharField(max_length=120, blank=True)
    since_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="customer_number_once")]
        indexes = [
            models.Index(fields=["client", "search_name"], name="customer_by_name"),
            models.Index(fields=["client", "tax_code"], name="customer_by_tax_code", opclasses=["int8_ops", PREFIX]),
            models.Index(fields=["client", "vat"], name="customer_by_vat", opclasses=["int8_ops", PREFIX]),
            models.Index(fields=["client", "number"], name="customer_by_code", opclasses=["int8_ops", PREFIX]),
            models.Index(fields=["client", "operator"], name="customer_by_operator"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPoint(TenantModel):
    """One address, number or mailbox of a customer, whose it is, and whether we may use it."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        LETTER = "letter", _("Letter")
        PEC = "pec", _("PEC")

    class Consent(models.TextChoices):
        UNSAID = "unsaid", _("Not asked")
        GIVEN = "given", _("Given")
        DENIED = "denied", _("Denied")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    value = models.CharField(max_length=300)
    person_name = models.CharField(max_length=120, blank=True)
    person_role = models.CharField(max_length=40, blank=True, help_text="owner, pays, orders, signs, other")
    is_right_party = models.BooleanField(default=True, help_text="Belongs to who must pay, or to who acts for them.")
    verified = models.BooleanField(default=True)
    consent = models.CharField(max_length=6, choices=Consent.choices, default=Consent.UNSAID)
    consent_on = models.DateField(null=True, blank=True)
    preferred = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "customer", "channel", "value"], name="contact_point_once")
        ]
        indexes = [
            models.Index(
                fields=["client", "channel", "value"],
                name="contact_point_by_value",
                opclasses=["int8_ops", PREFIX, PREFIX],
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.value}"


class Account(TenantModel):
    """A supply point, contract or lease."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="accounts", db_index=False)
    number = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=200, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="account_number_once")]
        indexes = [models.Index(fields=["client", "customer"], name="account_by_customer")]

    def __str__(self) -> str:
        return self.number


class Invoice(TenantModel):
    """A document issued to a customer. A changed document keeps its row and raises `version` (see InvoiceVersion)."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")
        DEBIT_NOTE = "debit_note", _("Debit note")
        RENT = "rent", _("Rent")
        INTEREST = "interest", _("Late interest")
        EXPENSES = "expenses", _("Recovery costs")

    CHARGES = (Kind.INTEREST, Kind.EXPENSES)
    """What is charged beside what was sold: it bears no interest."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    number = models.CharField(max_length=60)
    issued_on = models.DateField()
    currency = models.CharField(max_length=3, default="EUR")
    total_cents = models.BigIntegerField()
    payable_cents = models.BigIntegerField(help_text="Total less withholding and split-payment VAT.")
    withholding_cents = models.BigIntegerField(default=0)
    split_payment = models.BooleanField(default=False)
    description = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=60, blank=True, help_text="Structured payment reference (RF, IUV).")
    purchase_order = models.CharField(max_length=60, blank=True)
    cig = models.CharField(max_length=15, blank=True)
    cup = models.CharField(max_length=15, blank=True)
    pay_iban = models.CharField(max_length=34, blank=True, help_text="Where to pay, when not to the client's own IBAN.")
    undeliverable = models.BooleanField(
        default=False, help_text="An e-invoice to a firm that names neither a recipient code nor a PEC."
    )
    terms_from_client = models.BooleanField(
        default=False, help_text="The document gave no due date; the client's default terms were applied."
    )
    version = models.PositiveSmallIntegerField(default=1)
    content_sha = models.CharField(max_length=64, blank=True)
    batch_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "number", "issued_on"], name="invoice_once"),
            models.CheckConstraint(condition=Q(total_cents__gte=0), name="invoice_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "issued_on"], name="invoice_by_customer"),
            models.Index(fields=["client", "number"], name="invoice_by_number", opclasses=["int8_ops", PREFIX]),
            models.Index(fields=["client", "reference"], name="invoice_by_reference"),
            models.Index(fields=["client", "issued_on"], name="invoice_by_date"),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(TenantModel):
    """One line of an invoice as its present version writes it, with the period of consumption when it says one."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=300, blank=True)
    amount_cents = models.BigIntegerField(null=True, help_text="As written: net of VAT, as a rule.")
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position} {self.description[:40]}"


class InvoiceVersion(TenantModel):
    """What an invoice said before it was changed."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    replaced_at = models.DateTimeField()
    batch_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "invoice", "version"], name="invoice_version_once")]

    def __str__(self) -> str:
        return f"{self.invoice_id} v{self.version}"


class Instalment(TenantModel):
    """The open item: an amount of an invoice with its own due date. Its balance derives from allocations."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="instalments", db_index=False)
    position = models.PositiveSmallIntegerField(default=1)
    due_on = models.DateField()
    amount_cents = models.BigIntegerField()
    method = models.CharField(max_length=20, blank=True, help_text="FatturaPA code, e.g. MP05.")
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "invoice", "position"], name="instalment_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="instalment_is_positive"),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "due_on"], name="instalment_by_customer"),
            models.Index(fields=["client", "due_on"], name="instalment_by_due"),
            models.Index(fields=["client", "amount_cents"], name="instalment_by_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position} {self.due_on}"


class Hold(TenantModel):
    """A dated interval in which a customer (or one invoice) is left alone, with who said so and why."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="holds", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, null=True, blank=True, db_index=False)
    reason = models.CharField(max_length=300)
    author = models.CharField(max_length=120)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True, help_text="Last day held; empty: until somebody lifts it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason="") & ~Q(author=""), name="hold_has_reason_and_author"),
        ]
        indexes = [models.Index(fields=["client", "customer", "from_on"], name="hold_by_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.from_on}–{self.until_on or ''} {self.reason}"
