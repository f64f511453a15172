# SPDX-License-Identifier: Apache-2.0
"""Mandates, collections, their orders, and what banks said of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.portfolio.models import Customer, Instalment


class Creditor(TenantModel):
    """The client as its bank knows it: the codes without which no direct debit can be asked for."""

    creditor_id = models.CharField(max_length=35, help_text="SEPA creditor identifier (CID), e.g. IT..ZZZ...")
    cuc = models.CharField(max_length=35, blank=True, help_text="CBI code (CUC) of the client, for the CBI envelope.")
    iban = models.CharField(max_length=34, help_text="Where the money is collected.")
    bic = models.CharField(max_length=11, blank=True)
    prenotice_days = models.PositiveSmallIntegerField(null=True, help_text="Agreed days of notice; empty: the rule's.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client"], name="creditor_once")]

    def __str__(self) -> str:
        return self.creditor_id


class DebitMandate(TenantModel):
    """A customer's leave to debit an account. Never deleted: revoked, with who and why."""

    class Scheme(models.TextChoices):
        CORE = "CORE", "CORE"
        B2B = "B2B", "B2B"

    class Sequence(models.TextChoices):
        RECURRENT = "RCUR", _("Recurrent")
        ONCE = "OOFF", _("Once only")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        REVOKED = "revoked", _("Revoked")
        REJECTED = "rejected", _("Refused by the bank")
        USED = "used", _("Used up")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="debit_mandates", db_index=False)
    reference = models.CharField(max_length=35, help_text="Unique mandate reference (UMR, MndtId).")
    iban = models.CharField(max_length=34)
    holder = models.CharField(max_length=70, help_text="Holder of the account.")
    signed_on = models.DateField()
    scheme = models.CharField(max_length=4, choices=Scheme.choices, default=Scheme.CORE)
    sequence = models.CharField(max_length=4, choices=Sequence.choices, default=Sequence.RECURRENT)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    last_used_on = models.DateField(null=True, help_text="Day of the last collection asked for.")
    ended_on = models.DateField(null=True)
    why = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "reference"], name="debit_mandate_once"),
            models.UniqueConstraint(
                fields=["client", "customer"], condition=Q(state="active"), name="one_active_debit_mandate"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Collection(TenantModel):
    """One flow of orders: an SDD file that we made (kept as it was), or a RiBa or MAV flow that was presented."""

    class Kind(models.TextChoices):
        CORE = "core", _("SDD CORE")
        B2B = "b2b", _("SDD B2B")
        RIBA = "riba", _("RiBa")
        MAV = "mav", _("MAV")

    kind = models.CharField(max_length=4, choices=Kind.choices)
    identifier = models.CharField(max_length=35, help_text="MsgId, or the name of the flow.")
    made_on = models.DateField()
    author = models.CharField(max_length=120)
    form = models.CharField(max_length=10, blank=True, help_text="pain.02, pain.08 or cbi; empty: not made by us.")
    content = models.BinaryField(null=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind", "identifier"], name="collection_once")]
        indexes = [models.Index(fields=["client", "-made_on"], name="collection_by_day")]

    def __str__(self) -> str:
        return self.identifier


class CollectionOrder(TenantModel):
    """One instalment asked for through the bank. While it is presented the instalment is in no other collection."""

    class State(models.TextChoices):
        PRESENTED = "presented", _("Presented, not paid yet")
        PAID = "paid", _("Paid")
        RETURNED = "returned", _("Unpaid")
        REJECTED = "rejected", _("Refused by the bank")
        RECALLED = "recalled", _("Recalled")
        CANCELLED = "cancelled", _("Never sent")

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="orders", db_index=False)
    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="orders", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    mandate = models.ForeignKey(DebitMandate, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    end_to_end_id = models.CharField(max_length=35, help_text="EndToEndId of an SDD, number of a RiBa or MAV.")
    amount_cents = models.BigIntegerField()
    collect_on = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PRESENTED)
    code = models.CharField(max_length=20, blank=True, help_text="The bank's reason.")
    told_on = models.DateField(null=True, help_text="Day on which we learnt of its fate.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "instalment"], condition=Q(state="presented"), name="one_pending_collection"
            ),
            models.UniqueConstraint(fields=["client", "collection", "end_to_end_id"], name="order_once_per_collection"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="order_is_positive"),
        ]
        indexes = [
            models.Index(fields=["client", "end_to_end_id"], name="order_by_end_to_end"),
            models.Index(fields=["client", "state", "collect_on"], name="order_by_state"),
            models.Index(fields=["client", "customer"], name="order_by_customer"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id


class BankNews(TenantModel):
    """What a flow or a report said of one order: taken once; without an order or a meaning it waits in sight."""

    class State(models.TextChoices):
        DONE = "done", _("Taken over")
        WAITING = "waiting", _("For a person")
        ASIDE = "aside", _("Set aside")

    batch_id = models.BigIntegerField(null=True)
    content_sha = models.CharField(max_length=64)
    content = models.JSONField(help_text="The order as it was read, with the kind and name of its flow.")
    state = models.CharField(max_length=7, choices=State.choices)
    trouble = models.CharField(max_length=20, blank=True, help_text="Why it waits: code, order, reason, pending.")
    order = models.ForeignKey(CollectionOrder, on_delete=models.PROTECT, null=True, related_name="news", db_index=False)
    told_on = models.DateField()
    decided_by = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "content_sha"], name="bank_news_once")]
        indexes = [models.Index(fields=["client", "state"], name="bank_news_by_state")]

    def __str__(self) -> str:
        return f"{self.content.get('number', '')} {self.content.get('outcome', '')}"


class OutcomeMeaning(TenantModel):
    """What a bank's code means for this client, said by a person because no source could be verified."""

    kind = models.CharField(max_length=4, choices=Collection.Kind.choices)
    code = models.CharField(max_length=20)
    outcome = models.CharField(max_length=10)
    words = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "kind", "code"], name="outcome_meaning_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}: {self.outcome}"
