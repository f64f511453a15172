# SPDX-License-Identifier: Apache-2.0
"""The contact log and the outbox."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ascolto.domain.access.models import Client, TenantModel, User
from ascolto.domain.portfolio.models import ContactPoint, Customer


class Message(TenantModel):
    """A message in the outbox. Claimed is not sent; sent is not delivered; doubtful is for a person to resolve."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        DOUBTFUL = "doubtful", _("Doubtful")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="messages", db_index=False)
    channel = models.CharField(max_length=10, choices=ContactPoint.Channel.choices)
    to_name = models.CharField(max_length=200, blank=True)
    to_value = models.CharField(max_length=300)
    template = models.CharField(max_length=60)
    template_version = models.CharField(max_length=20)
    tone = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=5)
    step = models.CharField(max_length=60)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    facts = models.JSONField(help_text="MessageFacts as they were when it was written.")
    idempotency_key = models.CharField(max_length=120)
    lane = models.CharField(
        max_length=30, blank=True, help_text="The group of mailboxes whose limits it waits for (policies/sending)."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField(help_text="Earliest moment of (re)try.")
    claimed_by = models.CharField(max_length=60, blank=True)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(
        null=True, help_text="The moment in the delivery receipt: what terms run from, and what interrupts limitation."
    )
    provider_id = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True, help_text="What the server or the person said.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "idempotency_key"], name="message_once")]
        indexes = [
            models.Index(fields=["client", "status", "not_before"], name="message_by_status"),
            models.Index(fields=["client", "customer", "queued_at"], name="message_by_customer"),
            models.Index(fields=["client", "queued_at"], name="message_by_day"),
            models.Index(fields=["client", "provider_id"], name="message_by_provider"),
            models.Index(
                fields=["status", "lane", "not_before"],
                name="message_to_claim",
                condition=Q(status__in=["queued", "claimed", "sending"]),
            ),
        ]

    @classmethod
    def under_way(cls) -> models.QuerySet["Message"]:
        """Those that have not left yet: what `message_to_claim` holds. Its condition is said word by word: without it, or bound
        as values, SQLite would not see that this index answers, and would walk the outbox with every window."""
        return cls.objects.extra(where=["outreach_message.status IN ('queued', 'claimed', 'sending')"])

    def __str__(self) -> str:
        return f"{self.template} → {self.to_value}"


class Pace(models.Model):
    """When the next message may be claimed in a lane, for all workers of this installation; of no tenant."""

    lane = models.CharField(max_length=30, unique=True)
    next_at = models.DateTimeField()
    pauses = models.PositiveSmallIntegerField(default=0, help_text="Pauses in a row that the servers asked for.")

    def __str__(self) -> str:
        return f"{self.lane} {self.next_at:%H:%M:%S}"


class Receipt(TenantModel):
    """What a mail server or PEC provider certified about one of our messages, with the mail itself. Only added."""

    class What(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted by the sender's provider")
        DELIVERED = "delivered", _("Put into the recipient's mailbox")
        FAILED = "failed", _("Could not be delivered")
        DELAYED = "delayed", _("Not delivered yet")
        REFUSED = "refused", _("Refused by the sender's provider")
        VIRUS = "virus", _("Stopped: a virus was found")
        TAKEN = "taken", _("Taken over by the recipient's provider")
        BOUNCED = "bounced", _("Came back")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    at = models.DateTimeField(help_text="The moment that the receipt names, not the one in which we read it.")
    recipient = models.CharField(max_length=300, blank=True)
    provider = models.CharField(max_length=200, blank=True)
    identifier = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    sha = models.CharField(max_length=64)
    content = models.BinaryField(help_text="The receipt exactly as it came, signature and all (.eml).")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "sha"], name="receipt_once")]
        indexes = [models.Index(fields=["client", "message", "at"], name="receipt_by_message")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.what}"


class MailboxMark(TenantModel):
    """How far an inbox was read: IMAP's UIDVALIDITY and the last UID. The mailbox itself is never changed."""

    mailbox = models.CharField(max_length=200)
    uid_validity = models.BigIntegerField()
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "mailbox"], name="mailbox_once")]

    def __str__(self) -> str:
        return f"{self.mailbox} {self.last_uid}"


class Document(TenantModel):
    """A file kept exactly as it was sent or received: letters, statements, invoices."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="documents", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="documents", db_index=False)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    sha = models.CharField(max_length=64)
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["client", "customer", "made_at"], name="document_by_customer")]

    def __str__(self) -> str:
        return self.name


class Bundle(TenantModel):
    """Letters for the print house in one PDF. Its rows come first, its files second; then it is *made*.

    That a person handed it over is written with who and when; undone, it is only made again.
    """

    class State(models.TextChoices):
        MAKING = "making", _("Being made")
        MADE = "made", _("Made")
        HANDED_OVER = "handed_over", _("Handed over")

    number = models.PositiveIntegerField()
    registered = models.BooleanField(default=False)
    duplex = models.BooleanField()
    cover_pages = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MAKING)
    made_at = models.DateTimeField()
    letters = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(help_text="Of the PDF: cover and blank backs included.")
    sheets = models.PositiveIntegerField()
    sha = models.CharField(max_length=64, blank=True, help_text="Of the PDF, once it is made.")
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "number"], name="bundle_number_once"),
            models.CheckConstraint(
                condition=Q(state="handed_over", handed_over_at__isnull=False)
                | (~Q(state="handed_over") & Q(handed_over_at__isnull=True)),
                name="handed_over_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["client", "state", "number"], name="bundle_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name of its files: unique, sorted by age, silent about what is inside."""
        return f"{self.client_id:04d}-{self.number:06d}" + ("-r" if self.registered else "")


class BundledLetter(TenantModel):
    """One letter's place in its bundle. The database holds that a message is in one bundle only, at one place."""

    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, related_name="places", db_index=False)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="bundled")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.PositiveIntegerField()
    page_from = models.PositiveIntegerField()
    page_to = models.PositiveIntegerField(help_text="The last page with words; a blank back is not counted.")
    address_lines = models.JSONField(help_text="As printed in the window, the name first.")
    postcode = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "bundle", "position"], name="place_in_bundle_once"),
            models.CheckConstraint(condition=Q(page_to__gte=F("page_from")), name="letter_has_a_page"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id}/{self.position}"


class StandingContacts(models.Manager["Contact"]):
    """What really passed between us: a call recorded by mistake and taken back counts nowhere."""

    def get_queryset(self) -> models.QuerySet["Contact"]:
        return super().get_queryset().filter(taken_back_at__isnull=True)


class Contact(TenantModel):
    """One conversation or message, either way, on any channel: the single log of what passed between us.

    The log only adds: what was recorded by mistake stays, marked with who took it back, when and why. `objects` leaves
    it out, so that no cap and no figure counts it; `log` is the whole log.
    """

    class Direction(models.TextChoices):
        OUT = "out", _("Outgoing")
        IN = "in", _("Incoming")

    class Outcome(models.TextChoices):
        RIGHT_PARTY = "right_party", _("Spoke with who pays")
        THIRD_PARTY = "third_party", _("Somebody else answered")
        CALL_BACK = "call_back", _("Asked to be called back")
        NO_ANSWER = "no_answer", _("No answer")
        VOICEMAIL = "voicemail", _("Voicemail")
        BUSY = "busy", _("Busy")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        RECEIVED = "received", _("Received")

    CONVERSATIONS = (Outcome.RIGHT_PARTY, Outcome.THIRD_PARTY, Outcome.CALL_BACK)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    at = models.DateTimeField()
    on_date = models.DateField(help_text="The day of `at` in Rome: what windows and caps count.")
    channel = models.CharField(max_length=10)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    human = models.BooleanField()
    operator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    person = models.CharField(max_length=120, blank=True, help_text="Who answered or wrote.")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    step = models.CharField(max_length=60, blank=True)
    tone = models.PositiveSmallIntegerField(null=True)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="contact")
    reason = models.CharField(max_length=40, blank=True, help_text="Reason for non-payment, level 1 (reasons.py).")
    reason_detail = models.CharField(max_length=40, blank=True, help_text="Level 2.")
    fault = models.CharField(max_length=8, blank=True, help_text="ours, theirs or nobody")
    emotion = models.CharField(max_length=12, blank=True)
    solution = models.CharField(max_length=20, blank=True)
    next_step = models.CharField(max_length=40, blank=True)
    next_on = models.DateField(null=True)
    requested_by_customer = models.BooleanField(default=False)
    duration_seconds = models.PositiveIntegerField(null=True)
    stages = models.JSONField(default=list, help_text="Stages of the guided conversation that were reached.")
    note = models.TextField(blank=True)
    idempotency_key = models.CharField(max_length=120, blank=True)
    made = models.JSONField(
        default=dict, help_text="Ids of what it brought about, by kind: what taking it back undoes."
    )
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=120, blank=True)
    taken_back_why = models.CharField(max_length=300, blank=True)

    objects = StandingContacts()
    log = models.Manager["Contact"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_back_at__isnull=True, taken_back_by="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_by="")),
                name="taken_back_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["client", "idempotency_key"], condition=~Q(idempotency_key=""), name="contact_once"
            ),
        ]
        indexes = [
            models.Index(fields=["client", "customer", "at"], name="contact_by_customer"),
            models.Index(fields=["client", "on_date"], name="contact_by_date"),
        ]

    @classmethod
    def keyed(cls, client: Client, key: str) -> models.QuerySet["Contact"]:
        """What was written under a key, taken back or not. The second condition is that of `contact_once`, word by word:
        bound as a value, SQLite would not see that this index answers, and would walk the log."""
        rows = cls.log.filter(client=client, idempotency_key=key)
        return rows.extra(where=["NOT (outreach_contact.idempotency_key = '')"])

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.channel} {self.outcome}"
