# SPDX-License-Identifier: Apache-2.0
"""What search looks in: terms of customers, and the words that are one slip away from what was typed."""

from django.db import models

from ascolto.domain.access.models import TenantModel
from ascolto.domain.records import lookups as lookups

PREFIX = "varchar_pattern_ops"
"""PostgreSQL: the index answers `begins` whatever the collation. SQLite ignores it."""


class SearchTerm(TenantModel):
    """One beginning by which a customer is found: the name from one of its words on, a phone from one of its digits."""

    class Kind(models.TextChoices):
        NAME = "n", "name"
        INNER = "w", "name from a later word on"
        PHONE = "p", "phone"

    customer = models.ForeignKey("portfolio.Customer", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=1, choices=Kind.choices)
    term = models.CharField(max_length=48)

    class Meta:
        indexes = [
            models.Index(
                fields=["client", "kind", "term", "customer"],
                name="term_by_text",
                opclasses=["int8_ops", PREFIX, PREFIX, "int8_ops"],
            ),
            models.Index(fields=["client", "customer"], name="term_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.term} → {self.customer_id}"


class NearWord(TenantModel):
    """A word of some name, under a spelling that it shares with words one slip away (see terms.spellings)."""

    spelling = models.CharField(max_length=30)
    word = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "spelling", "word"], name="near_word_once")]

    def __str__(self) -> str:
        return f"{self.spelling} ~ {self.word}"
