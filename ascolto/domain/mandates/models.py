# SPDX-License-Identifier: Apache-2.0
"""Mandates and their charter."""

from django.db import models
from django.db.models import F, Q

from ascolto.domain.access.models import TenantModel


class Mandate(TenantModel):
    """One contract period. `charter` holds the keys of engine.policy.Charter; a stricter rule wins, a looser one is ignored."""

    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    signed_on = models.DateField(null=True)
    signed_by = models.CharField(max_length=120, blank=True)
    charter = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "starts_on"], name="mandate_once"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="mandate_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.starts_on}"
