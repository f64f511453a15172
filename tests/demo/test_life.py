# SPDX-License-Identifier: Apache-2.0
"""A small world lived end to end through the real intake, day and desk: true figures, and the same each time."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from ascolto.demo import cast, post, stage, story
from ascolto.demo.clients import CLIENTS
from ascolto.demo.life import Life, at
from ascolto.demo.world import World
from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.intake.models import Batch, StagedProblem
from ascolto.domain.ledger.check import problems
from ascolto.domain.ledger.models import BankLine, BankStatement, Payment
from ascolto.domain.ledger.sums import live, unmatched, with_balance
from ascolto.domain.outreach.models import Contact, Message
from ascolto.domain.portfolio.models import Customer, Instalment, Invoice
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from ascolto.domain.strategy.models import Action, Decision, Run

SIZES = {"valverde": 24, "casacomune": 10}


def small(home: Path, **changes: Any) -> World:
    first, mandate, last = date(2026, 9, 14), date(2026, 10, 12), date(2026, 11, 20)
    return World(
        home=home, sizes=SIZES, first=first, mandate_from=mandate, daily_from=date(2026, 11, 19), last=last, **changes
    )


def told(lives: list[Life]) -> list[object]:
    """What a world comes to: documents, cash, conversations, answers, in words that do not depend on row numbers."""
    rows: list[object] = list(
        Payment.objects.order_by("pk").values_list("customer__number", "paid_on", "amount_cents", "kind")
    )
    rows += Contact.objects.order_by("pk").values_list(
        "customer__number", "at", "channel", "outcome", "reason", "solution"
    )
    rows += Decision.objects.order_by("pk").values_list("customer__number", "decided_on", "answer", "step", "priority")
    return rows


@pytest.mark.django_db
def test_two_months_of_two_clients(tmp_path: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    lives = story.live(small(tmp_path), lambda *said: heard.append(said))
    assert heard[-1][0] == heard[-1][1] == len(heard)

    for said in lives:
        client, books = said.client, said.books
        assert Customer.objects.filter(client=client).count() == SIZES[client.slug]
        assert problems([client.pk]) == []
        # Every document and every cent of the files is in the book of record, once.
        invoiced = (
            Invoice.objects.filter(client=client).exclude(kind="credit_note").aggregate(cents=Sum("payable_cents"))
        )
        assert invoiced["cents"] == books.sold_cents
        closing = BankStatement.objects.filter(client=client).order_by("-closing_on").first()
        assert closing is not None
        assert closing.closing_cents == said.balance_cents
        assert closing.closing_on == date(2026, 11, 19)
        # What customers know they owe is what the book says, but for the money that still waits for a person.
        owed = sum(i.balance_cents for i in with_balance(Instalment.objects.filter(client=client)))
        waiting = unmatched(BankLine.objects.filter(client=client, amount_cents__gt=0))
        held = sum(line.amount_cents for line in waiting if said.cash.truth[line.bank_reference].customer)
        on_account = _on_account(client)
        assert owed - on_account - held == sum(books.owed.values())
        # Every customer has one answer, of today's run.
        assert Decision.objects.filter(client=client, superseded_on=None).count() == SIZES[client.slug]
        assert Run.objects.filter(client=client, as_of=date(2026, 11, 20)).exists()
        # The deliberate mistakes wait for a person; nothing else was wrong.
        left = Batch.objects.filter(client=client, status=Batch.Status.STAGED)
        assert left.count() == 1
        wrong = StagedProblem.objects.filter(client=client, severity="error")
        assert wrong.exists()
        assert not wrong.exclude(batch__in=left).exists()
        assert (tmp_path / "demo" / client.slug / "2026-11-20").is_dir()

    assert Contact.objects.filter(human=True, channel="phone").exists()
    assert not Contact.objects.filter(on_date__lt=date(2026, 10, 12)).exists(), "nobody is called before the mandate"
    assert Message.objects.filter(status=Message.Status.SENT).exists()


def _on_account(client: Client) -> int:
    """Money received that no instalment has taken: the customer's, and no more owed by it."""
    payments = live(Payment.objects.filter(client=client)).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    spent = live(Payment.objects.filter(client=client)).aggregate(cents=Sum("allocations__amount_cents"))["cents"] or 0
    return int(payments - spent)


@pytest.mark.django_db
def test_a_world_is_told_the_same_way_twice(tmp_path: Path) -> None:
    from django.db import transaction

    both = []
    for turn in ("one", "two"):
        with transaction.atomic():
            only = World(
                home=tmp_path / turn,
                sizes={"casacomune": 14},
                first=date(2026, 9, 14),
                mandate_from=date(2026, 10, 5),
                daily_from=date(2026, 11, 20),
                last=date(2026, 10, 27),
            )
            both.append(told(story.live(only)))
            transaction.set_rollback(True)
    assert both[0] == both[1]
    assert len(both[0]) > 50


@pytest.mark.django_db
def test_the_post_in_sets_leaves_the_rows_that_the_sender_leaves(
    tmp_path: Path, queued: Callable[[str], Message]
) -> None:
    from ascolto.domain.records import clock
    from ascolto.domain.strategy.sending import send_messages

    now, kept = at(date(2026, 11, 20), 9, 5), []
    one, other = queued("one"), queued("other")
    Message.objects.filter(pk=other.pk).update(not_before=at(date(2026, 11, 21), 9))
    with clock.frozen(now):
        send_messages(
            client=one.client, channels=post.channels(tmp_path), worker="demo", as_of=now.date(), look_again=False
        )
        Message.objects.filter(pk=other.pk).update(not_before=one.not_before)
        assert post.hand_over(other.client, now) == 1
    for message in (one, other):
        message.refresh_from_db()
        contact, action = Contact.objects.get(message=message), Action.objects.get(message=message)
        trail = TrailEntry.objects.get(verb="message_sent", subject_id=message.pk)
        kept.append(
            (
                message.status,
                message.sent_at,
                message.attempts,
                message.detail.replace(message.provider_id, ""),
                contact.at,
                contact.on_date,
                contact.channel,
                contact.outcome,
                contact.person,
                contact.step,
                contact.tone,
                contact.human,
                action.status,
                action.done_on,
                trail.actor,
                trail.at,
                trail.subject_type,
                trail.why,
            )
        )
    assert kept[0] == kept[1]
    assert len(list((tmp_path / "demo" / "mail").glob("*.eml"))) == 1


@pytest.fixture
def queued(acqua: Client, carla: Customer) -> Callable[[str], Message]:
    """A message to Carla that a step wants sent today."""
    from ascolto.domain.outreach.facts import MessageFacts
    from ascolto.domain.strategy.models import PolicyVersion

    day = date(2026, 11, 20)
    policy = PolicyVersion.objects.create(client=acqua, name="utility", sha="0", content={}, first_used_on=day)
    run = Run.objects.create(client=acqua, as_of=day, policy=policy, started_at=at(day, 7))

    def make(name: str) -> Message:
        facts = MessageFacts(client_name=acqua.name, customer_name=carla.name, as_of=day)
        message = Message.objects.create(
            client=acqua,
            customer=carla,
            channel="email",
            to_name="Carla",
            to_value="carla@example.test",
            template="reminder_1",
            template_version="1",
            tone=1,
            language="it",
            step="reminder_1",
            subject="Fattura",
            text="Buongiorno",
            facts=facts.to_dict(),
            idempotency_key=name,
            queued_at=at(day, 7),
            not_before=at(day, 8),
        )
        Decision.objects.filter(customer=carla).update(superseded_on=day)
        decision = Decision.objects.create(
            client=acqua,
            customer=carla,
            run=run,
            decided_on=day,
            answer="act",
            ladder="l",
            facts={},
            fingerprint=name,
        )
        Action.objects.create(
            client=acqua,
            customer=carla,
            decision=decision,
            cycle=name,
            step="reminder_1",
            channel="email",
            tone=1,
            planned_on=day,
            message=message,
        )
        return message

    return make


@pytest.mark.django_db
def test_each_person_signs_in_with_its_role_and_an_operator_works_for_one_client() -> None:
    clients = {c.slug: Client.objects.create(slug=c.slug, name=c.name, sector=c.sector) for c in CLIENTS}
    cast.sign_up(clients, "system:demo")
    for role, email, secret in story.demo_logins():
        user = User.objects.get(email=email)
        assert user.check_password(secret)
        assert set(Membership.objects.filter(user=user).values_list("role", flat=True)) == {role}
    roles = {role for role, _email, _secret in story.demo_logins()}
    assert roles == {"operator", "team_leader", "credit_manager", "client_viewer", "administrator"}


@pytest.mark.django_db
def test_a_database_with_clients_of_somebody_is_refused_untouched(acqua: Client, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Acqua"):
        story.build(world=small(tmp_path))
    assert Client.objects.get() == acqua


@pytest.mark.django_db
def test_a_second_start_finds_the_stamp_and_does_nothing(tmp_path: Path) -> None:
    from ascolto.domain.records.actions import record

    record(stage.STAMP, actor="system:demo", client_id=None, why=story.VERSION)
    assert story.build(world=small(tmp_path)) is False
    assert not (tmp_path / "demo").exists()
