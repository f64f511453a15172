# SPDX-License-Identifier: Apache-2.0
"""Policy versions, runs, decisions (one answer per customer), actions (a step taken once per cycle), nights,
previews, daily figures."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import Client, TenantModel
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.portfolio.models import Customer
from ascolto.engine.because import because
from ascolto.engine.facts import OUTPUT, row_of


class PolicyVersion(TenantModel):
    """The policy with its charter exactly as a run used it, kept by content."""

    name = models.CharField(max_length=60)
    sha = models.CharField(max_length=64)
    content = models.JSONField()
    first_used_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "sha"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.sha[:8]}"


class Run(TenantModel):
    """One night's decisions for one client and day. A second run of the same day finds nothing to change."""

    as_of = models.DateField()
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "as_of"], name="run_once_a_day")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.as_of}"


class Night(TenantModel):
    """One living of a client's day, from its first step to its last: who is at it and until when, and what it took.

    The database allows one at a time for a client. One whose process died is closed as interrupted by the next.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        INTERRUPTED = "interrupted", _("Interrupted")

    as_of = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    lived_by = models.CharField(max_length=120, help_text="host:process that lives it.")
    lease_until = models.DateTimeField(help_text="Past this moment without a sign of life, it counts as interrupted.")
    step = models.CharField(max_length=20, blank=True)
    step_at = models.DateTimeField(null=True, help_text="Since when this step is at work: what the time left goes by.")
    policy_sha = models.CharField(max_length=64, blank=True)
    books = models.CharField(
        max_length=300, blank=True, help_text="State of the books once cash was applied (books.py)."
    )
    mark = models.BigIntegerField(default=0, help_text="The last touch that its snapshot knows of.")
    buckets = models.PositiveIntegerField(default=0, help_text="In how many slices the customers were cut; 0: in none.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict, help_text="Rows, seconds and memory per step; see nights.py.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(state="running"), name="one_night_at_a_time"),
        ]
        indexes = [models.Index(fields=["client", "as_of", "started_at"], name="night_by_day")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.as_of} ({self.state})"


class Slice(TenantModel):
    """A share of a night's customers, decided and written in one transaction by whoever has claimed it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CLAIMED = "claimed", _("At work")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    night = models.ForeignKey(Night, on_delete=models.CASCADE, related_name="slices", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    claimed_by = models.CharField(max_length=120, blank=True)
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "night", "number"], name="slice_once")]

    def __str__(self) -> str:
        return f"{self.night_id}/{self.number} ({self.state})"


class Preview(TenantModel):
    """A draft strategy tried out on a day: what it said, who asked, what would change. It decides nothing."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=60, help_text="The draft's own name.")
    draft = models.TextField(help_text="TOML, as its author wrote it.")
    author = models.CharField(max_length=120)
    as_of = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    claimed_by = models.CharField(max_length=120, blank=True)
    claimed_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0, help_text="Customers compared so far, of `customers`.")
    customers = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, help_text="Why it failed.")
    result = models.JSONField(default=dict, help_text="The comparison; see engine/compare.py.")
    asked_at = models.DateTimeField()
    seconds = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["client", "asked_at"], name="preview_by_moment")]

    def __str__(self) -> str:
        return f"{self.name} {self.as_of} ({self.state})"


class LedgerKept(models.Model):
    """Up to where a client's ledger lies as columns beside the database, and who signed it. See ledger_copy.py."""

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="+", primary_key=True)
    token = models.CharField(max_length=32)
    instalment_mark = models.BigIntegerField()
    allocation_mark = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.client_id} {self.token}"


class Rewritten(TenantModel):
    """An invoice whose terms or instalments are no longer as they were. Written by the database's own triggers."""

    invoice_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["client", "invoice_id"], name="rewritten_by_invoice")]

    def __str__(self) -> str:
        return f"{self.invoice_id}"


class Touch(TenantModel):
    """A customer was decided anew by day: what a night had read of it before is out of date."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["client", "id"], name="touch_by_mark")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class Decision(TenantModel):
    """The answer for one customer from `decided_on` until it is superseded. Unchanged days add no row."""

    class Answer(models.TextChoices):
        ACT = "act", _("Act")
        WAIT = "wait", _("Wait")
        BLOCKED = "blocked", _("Blocked")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    decided_on = models.DateField()
    superseded_on = models.DateField(null=True)
    answer = models.CharField(max_length=8, choices=Answer.choices)
    ladder = models.CharField(max_length=60)
    step = models.CharField(max_length=60, blank=True)
    cycle = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    tone = models.PositiveSmallIntegerField(null=True)
    template = models.CharField(max_length=60, blank=True)
    script = models.CharField(max_length=60, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    until_on = models.DateField(null=True)
    rule = models.CharField(max_length=60, blank=True)
    balance_cents = models.BigIntegerField(default=0)
    overdue_cents = models.BigIntegerField(default=0)
    oldest_due_on = models.DateField(null=True)
    score = models.PositiveSmallIntegerField(default=0)
    segment = models.CharField(max_length=20, blank=True)
    best_hour = models.PositiveSmallIntegerField(null=True)
    facts = models.JSONField(
        help_text="What else the engine gave; unknowns and noughts are left out. `told` is the whole."
    )
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "customer"], condition=Q(superseded_on__isnull=True), name="one_answer_per_customer"
            ),
        ]
        # `superseded_on`, always null in these, is named where the index alone shall answer: SQLite asks to see it.
        indexes = [
            models.Index(
                fields=["client", "answer", "until_on"],
                name="decision_by_until",
                condition=Q(superseded_on__isnull=True),
            ),
            models.Index(
                fields=["client", "answer", "-overdue_cents"],
                name="decision_by_answer",
                condition=Q(superseded_on__isnull=True),
            ),
            models.Index(
                fields=["client", "answer", "rule", "customer", "overdue_cents", "superseded_on"],
                name="decision_by_rule",
                condition=Q(superseded_on__isnull=True),
            ),
            models.Index(  # what a night compares with: never a walk over all that was ever decided
                fields=["client", "customer", "fingerprint", "superseded_on"],
                name="decision_that_stands",
                condition=Q(superseded_on__isnull=True),
            ),
            models.Index(
                fields=["client", "-overdue_cents"],
                name="decision_by_overdue",
                condition=Q(superseded_on__isnull=True),
            ),
            models.Index(fields=["client", "customer", "decided_on"], name="decision_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.answer} {self.step or self.rule}"

    @property
    def told(self) -> dict[str, Any]:
        """The whole row that the engine gave (`engine.facts.OUTPUT`), but for columns that were not read: what a page
        explains itself with."""
        own = {name: value for name, value in vars(self).items() if name in OUTPUT and value != ""}
        return row_of({**self.facts, **own})

    @property
    def because(self) -> list[tuple[str, dict[str, Any]]]:
        """The reasons, the most telling first, as codes with parameters; they derive from the facts."""
        return [(said.code, dict(said.params)) for said in because(self.told)]


class ToCall(TenantModel):
    """A decision that a person carries out by voice, with what its list is sorted, filtered and counted by. Written by the
    database's own triggers only (calling.py)."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="to_call", primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    operator_id = models.BigIntegerField(null=True, help_text="The customer's, and so its city.")
    city = models.CharField(max_length=100)
    promise_broken = models.PositiveSmallIntegerField(help_text="1: a promise not kept, to be spoken about first.")
    step = models.CharField(max_length=60)
    segment = models.CharField(max_length=20)
    rule = models.CharField(max_length=60)
    tone = models.PositiveSmallIntegerField(null=True)
    priority = models.PositiveSmallIntegerField()
    overdue_cents = models.BigIntegerField()
    balance_cents = models.BigIntegerField()
    oldest_due_on = models.DateField(null=True)
    best_hour = models.PositiveSmallIntegerField(null=True)
    until_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "customer"], name="to_call_once")]
        indexes = [models.Index(fields=["client", "operator_id"], name="to_call_by_operator")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.step}"


class Action(TenantModel):
    """A step the strategy took or wants taken. The database refuses the same step twice in one cycle."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="actions", db_index=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions", db_index=False)
    cycle = models.CharField(max_length=60)
    step = models.CharField(max_length=60)
    channel = models.CharField(max_length=10)
    tone = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    planned_on = models.DateField()
    done_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    why_withdrawn = models.CharField(max_length=200, blank=True)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="action")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="actions", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "customer", "cycle", "step"],
                condition=~Q(status="withdrawn"),
                name="step_once_in_a_cycle",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "planned_on"], name="action_by_customer"),
            models.Index(fields=["client", "status", "channel"], name="action_by_status"),
            models.Index(fields=["client", "planned_on", "channel"], name="action_by_day"),
            models.Index(fields=["client", "step", "done_on"], name="action_by_step"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.status}"


class DailyFigures(TenantModel):
    """The figures of one day, as the engine computed them from the rows of that day."""

    as_of = models.DateField()
    figures = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "as_of"], name="figures_once_a_day")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.as_of}"
