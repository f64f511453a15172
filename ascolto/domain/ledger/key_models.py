# SPDX-License-Identifier: Apache-2.0
"""What is kept so that a line finds whom it could mean without asking everybody. Written by keys.py only, but for the
marks that triggers leave."""

from django.db import models

from ascolto.domain.access.models import Client, TenantModel


class FoundBy(TenantModel):
    """A key (engine/found_by.py) under which a customer is found: of name, codes, numbers, and of what is open."""

    customer_id = models.BigIntegerField()
    key = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["client", "key", "customer_id"], name="found_by_key"),
            models.Index(fields=["client", "customer_id"], name="found_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.customer_id}"


class Owing(TenantModel):
    """What a customer owes in one item, or in all (`in_all`) when that is more than one."""

    customer_id = models.BigIntegerField()
    cents = models.BigIntegerField()
    in_all = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["client", "cents", "customer_id"], name="owing_by_cents"),
            models.Index(fields=["client", "customer_id"], name="owing_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.cents}"


class KeysKept(models.Model):
    """Up to where the rows of a client have been looked at: the ledger and its customers only add rows."""

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="+", primary_key=True)
    customers = models.BigIntegerField(help_text="How many there are.")
    customer_mark = models.BigIntegerField()
    account_mark = models.BigIntegerField()
    instalment_mark = models.BigIntegerField()
    allocation_mark = models.BigIntegerField()
    known_on = models.DateField(help_text="The day of the last look: keys are right from then on.")

    def __str__(self) -> str:
        return f"{self.client_id} {self.known_on}"


class KeyStale(TenantModel):
    """A customer of whom a row that was there before has changed. Written by the database's own triggers."""

    customer_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["client"], name="key_stale")]

    def __str__(self) -> str:
        return f"{self.customer_id}"
