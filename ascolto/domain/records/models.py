# SPDX-License-Identifier: Apache-2.0
"""The trail: one row per deed, added and never changed."""

from django.db import models


class TrailEntry(models.Model):
    """Who did what to which thing, when and why.

    `client_id` is a plain number because the trail stands below the tenants; it is indexed first all the same.
    """

    client_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    why = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "subject_type", "subject_id", "at"], name="trail_subject"),
            models.Index(fields=["client_id", "at"], name="trail_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.subject_type} {self.subject_id or ''}"
