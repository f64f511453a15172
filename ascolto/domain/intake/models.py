# SPDX-License-Identifier: Apache-2.0
"""Staging: batches of files, what was read from them, what was refused and why; mapping profiles."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import TenantModel
from ascolto.domain.intake.notice_words import meaning


class MappingProfile(TenantModel):
    """How one client's spreadsheet is read: its columns, date order, decimal style, encoding (intake/profile.py)."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, help_text="open_items or customers")
    content = models.JSONField()
    header_sha = models.CharField(max_length=64, blank=True, help_text="Recognises the file's header next time.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "name"], name="profile_name_once")]

    def __str__(self) -> str:
        return self.name


class Batch(TenantModel):
    """One delivery of files, accepted or refused as a whole."""

    class Status(models.TextChoices):
        STAGED = "staged", _("To be accepted")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    received_at = models.DateTimeField()
    author = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.STAGED)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict, help_text="Counts: read, new, known, changed, refused.")

    class Meta:
        indexes = [models.Index(fields=["client", "-received_at"], name="batch_by_time")]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


class StagedFile(TenantModel):
    """A file as it came. The same content twice is recognised by its sha256."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files", db_index=False)
    name = models.CharField(max_length=300)
    sha = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    format = models.CharField(max_length=40, blank=True)
    known_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    profile = models.ForeignKey(MappingProfile, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    content = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["client", "batch"], name="file_by_batch"),
            models.Index(fields=["client", "sha"], name="file_by_sha"),
        ]

    def __str__(self) -> str:
        return self.name


class StagedRow(TenantModel):
    """One document or row read from a file, waiting, taken over, known already, or refused."""

    class Status(models.TextChoices):
        READY = "ready", _("Ready")
        TAKEN = "taken", _("Taken over")
        KNOWN = "known", _("Known already")
        CHANGED = "changed", _("New version")
        IGNORED = "ignored", _("Not a receivable")
        WRONG = "wrong", _("To correct")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    file = models.ForeignKey(StagedFile, on_delete=models.CASCADE, related_name="rows", db_index=False)
    file_name = models.CharField(max_length=400, help_text="With the member's name inside a zip.")
    row = models.PositiveIntegerField(null=True)
    stem = models.CharField(
        max_length=120, blank=True, help_text="What SdI calls the file of an invoice, without endings."
    )
    kind = models.CharField(max_length=20, help_text="invoice, sdi_notice, statement, open_item, customer")
    content = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READY)
    result_id = models.BigIntegerField(null=True, help_text="Invoice, statement or customer made of it.")

    class Meta:
        indexes = [
            models.Index(fields=["client", "batch", "status"], name="row_by_batch"),
            models.Index(fields=["client", "stem"], name="row_by_stem"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name}:{self.row} {self.status}"


class StagedProblem(TenantModel):
    """What was wrong, where, and what was expected."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="problems", db_index=False)
    staged_row = models.ForeignKey(
        StagedRow, on_delete=models.CASCADE, null=True, related_name="problems", db_index=False
    )
    file_name = models.CharField(max_length=400)
    row = models.PositiveIntegerField(null=True)
    field = models.CharField(max_length=80, blank=True)
    problem = models.JSONField(help_text="[message id, {params}]")
    expected = models.JSONField(default=list, help_text="[message id, {params}] or empty")
    severity = models.CharField(max_length=8)
    solved = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["client", "batch", "severity"], name="problem_by_batch")]

    def __str__(self) -> str:
        return f"{self.file_name}:{self.row} {self.field}"


class SdiNotice(TenantModel):
    """What SdI said about an invoice; without one it waits for it. Never changed but for finding its invoice."""

    invoice = models.ForeignKey(
        "portfolio.Invoice", on_delete=models.CASCADE, null=True, related_name="sdi_notices", db_index=False
    )
    type = models.CharField(max_length=2)
    outcome = models.CharField(max_length=20, blank=True)
    stem = models.CharField(max_length=120, blank=True)
    sdi_id = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    told_on = models.DateField(null=True)
    text = models.CharField(max_length=500, blank=True)
    errors = models.JSONField(default=list, help_text="[code, words] of SdI")
    content_sha = models.CharField(max_length=64)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "content_sha", "invoice"], name="sdi_notice_once"),
            models.UniqueConstraint(
                fields=["client", "content_sha"], condition=Q(invoice=None), name="sdi_notice_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "invoice"], name="sdi_notice_by_invoice"),
            models.Index(fields=["client", "stem"], name="sdi_notice_by_stem"),
            models.Index(fields=["client", "sdi_id"], name="sdi_notice_by_sdi_id"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stem or self.sdi_id}"

    @property
    def meaning(self) -> str:
        """What it means for the credit, in the active language."""
        return meaning(self.outcome)
