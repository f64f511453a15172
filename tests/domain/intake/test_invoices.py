# SPDX-License-Identifier: Apache-2.0
"""FatturaPA through staging: what becomes a receivable, of whom, how much and when; and what does not."""

import pytest

from ascolto.domain.access.models import Client
from ascolto.domain.intake import staging
from ascolto.domain.intake.models import Batch, StagedRow
from ascolto.domain.portfolio.models import ContactPoint, Customer, Instalment, Invoice, InvoiceVersion
from ascolto.domain.records.errors import Refused
from ascolto.domain.records.models import TrailEntry
from tests.domain.intake.deliveries import DINO, TODAY, invoice, problems, stage, statuses, take
from tests.domain.intake.formats.making import body, fattura, instalment, payment, signed, zipped

pytestmark = pytest.mark.django_db

SPLIT = (
    "<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>100.00</ImponibileImporto>"
    "<Imposta>22.00</Imposta><EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo>"
)
WITHHELD = "<DatiRitenuta><TipoRitenuta>RT01</TipoRitenuta><ImportoRitenuta>20.00</ImportoRitenuta></DatiRitenuta>"
HALVES = payment(instalment("2026-10-31", "61.00"), instalment("2026-11-30", "61.00"))


def test_nothing_is_written_before_somebody_accepts(acqua: Client) -> None:
    batch = stage(acqua, ("a.xml", invoice()))
    assert (batch.status, statuses(batch)) == ("staged", ["ready"])
    assert not Invoice.objects.exists()
    assert batch.report["effect"]["invoices_new"] == 1
    assert batch.report["effect"]["invoices_new_cents"] == 12200
    assert batch.report["effect"]["customers_new"] == 1


def test_an_accepted_invoice_is_an_open_item_of_its_customer(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    item = Instalment.objects.select_related("invoice", "customer").get()
    assert (item.amount_cents, item.due_on.isoformat(), item.method) == (12200, "2026-10-31", "MP05")
    assert (item.invoice.number, item.invoice.terms_from_client) == ("2026/1", False)
    assert (item.customer.name, item.customer.kind, item.customer.tax_code) == (
        "Carla Bianchi",
        "consumer",
        "BNCCRL80A41F205X",
    )
    assert set(ContactPoint.objects.values_list("channel", "value")) == {
        ("pec", "carla@pec.example"),
        ("letter", "Via Verdi 5, 20123 Milano"),
    }


def test_a_known_customer_is_found_by_tax_code_and_keeps_number_and_name(acqua: Client, carla: Customer) -> None:
    take(acqua, ("a.xml", invoice(buyer_name="BIANCHI CARLA")))
    assert Invoice.objects.get().customer == carla
    carla.refresh_from_db()
    assert (carla.number, carla.name) == ("C001", "Carla Bianchi")


def test_two_customers_of_the_same_name_stay_two(acqua: Client, carla: Customer) -> None:
    take(acqua, ("a.xml", invoice(buyer_code=DINO, buyer_name="Carla Bianchi")))
    assert Customer.objects.filter(name="Carla Bianchi").count() == 2


def test_without_any_code_name_and_address_together_tell_who_it_is(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(buyer_code="", number="1")), ("b.xml", invoice(buyer_code="", number="2")))
    assert Customer.objects.count() == 1
    batch = stage(acqua, ("c.xml", invoice(buyer_code="", street="", number="3")))
    assert (statuses(batch), "customer.no_identity" in problems(batch)) == (["wrong"], True)


@pytest.mark.parametrize(
    ("buyer", "kind"),
    [
        ({"buyer_code": "BNCCRL80A41F205X"}, "consumer"),
        ({"buyer_code": "", "buyer_vat": "12345670017"}, "business"),
        ({"buyer_code": "80012345678"}, "business"),
    ],
)
def test_the_codes_tell_what_kind_of_customer_it_is(acqua: Client, buyer: dict[str, str], kind: str) -> None:
    take(acqua, ("a.xml", invoice(**buyer)))  # type: ignore[arg-type]
    assert Customer.objects.get().kind == kind


def test_an_office_code_of_six_characters_is_a_public_body(acqua: Client) -> None:
    data = invoice(buyer_code="", buyer_vat="12345670017", versione="FPA12").replace(b"0000000", b"UFABC1")
    take(acqua, ("a.xml", data))
    assert Customer.objects.get().kind == "public"


@pytest.mark.parametrize(
    ("wishes", "cents"),
    [
        ({"general": WITHHELD, "payments": payment(instalment("2026-10-31", "122.00"))}, [10200]),
        ({"general": WITHHELD, "payments": payment(instalment("2026-10-31", "102.00"))}, [10200]),
        ({"general": WITHHELD, "payments": HALVES}, [5100, 5100]),
        ({"goods": SPLIT, "payments": payment(instalment("2026-10-31", "122.00"))}, [10000]),
        ({"goods": SPLIT, "payments": payment(instalment("2026-10-31", "100.00"))}, [10000]),
        ({"payments": payment(instalment("2026-10-31", "61.01"), instalment("2026-11-30", "60.99"))}, [6101, 6099]),
        ({"payments": payment(instalment("2026-10-31", "0.00"))}, []),
        ({"payments": payment(instalment("2026-10-31", "50.00"))}, [5000]),
    ],
)  # fmt: skip
def test_what_is_due_is_net_of_withholding_and_split_payment(
    acqua: Client, wishes: dict[str, str], cents: list[int]
) -> None:
    take(acqua, ("a.xml", invoice(**wishes)))  # type: ignore[arg-type]
    assert list(Instalment.objects.order_by("position").values_list("amount_cents", flat=True)) == cents
    assert Invoice.objects.get().total_cents == 12200


def test_without_payment_data_the_client_s_terms_apply_and_are_marked(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(payments="")))
    item = Instalment.objects.get()
    assert (item.due_on.isoformat(), item.amount_cents, item.invoice.terms_from_client) == (
        "2026-10-31",
        12200,
        True,
    )


def test_one_instalment_without_a_date_gets_the_client_s_terms_too(acqua: Client) -> None:
    paid = payment(instalment("2026-10-05", "22.00"), instalment("", "100.00"))
    take(acqua, ("a.xml", invoice(payments=paid)))
    assert [str(on) for on in Instalment.objects.order_by("position").values_list("due_on", flat=True)] == [
        "2026-10-05",
        "2026-10-31",
    ]
    assert Invoice.objects.get().terms_from_client


def test_a_credit_note_has_no_open_item(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice(type="TD04", number="NC1")))
    note = Invoice.objects.get()
    assert (note.kind, note.total_cents, note.payable_cents, note.instalments.count()) == (
        "credit_note",
        12200,
        12200,
        0,
    )


def test_another_company_s_invoice_is_wrong_and_nothing_of_it_is_taken(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(seller_vat="12345670017")))
    assert (statuses(batch), "invoice.other_company" in problems(batch)) == (["wrong"], True)
    assert not Invoice.objects.exists()
    assert not Customer.objects.exists()


def test_a_purchase_of_the_client_is_no_receivable(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(seller_vat="12345670017", buyer_vat="01234567897", buyer_code="")))
    assert (statuses(batch), "invoice.purchase" in problems(batch)) == (["ignored"], True)
    assert not Invoice.objects.exists()


def test_self_billing_is_no_receivable(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(type="TD17")))
    assert (statuses(batch), "invoice.self_billing" in problems(batch)) == (["ignored"], True)
    assert not Invoice.objects.exists()


def test_another_currency_is_kept_and_told(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice(currency="USD")))
    assert Invoice.objects.get().currency == "USD"
    assert "invoice.currency" in problems(batch)


def test_the_same_file_twice_is_recognised_and_said(acqua: Client) -> None:
    first = take(acqua, ("a.xml", invoice()))
    again = take(acqua, ("copy.xml", invoice()))
    assert (statuses(again), problems(again)) == ([], ["file.known"])
    assert again.files.get().known_from == first.files.get()
    assert Invoice.objects.count() == 1


def test_a_file_of_a_refused_delivery_may_come_again(acqua: Client) -> None:
    refused = stage(acqua, ("a.xml", invoice()))
    staging.refuse(batch=refused, actor="bruno@acqua.test", as_of=TODAY)
    assert not Invoice.objects.exists()
    assert statuses(take(acqua, ("a.xml", invoice()))) == ["taken"]


def test_the_same_invoice_in_another_file_is_known(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    again = take(acqua, ("a.xml.p7m", signed(invoice())))
    assert statuses(again) == ["known"]
    assert (Invoice.objects.count(), Invoice.objects.get().version) == (1, 1)


def test_a_changed_invoice_is_a_new_version_with_the_old_one_kept(acqua: Client) -> None:
    take(acqua, ("a.xml", invoice()))
    waiting = stage(acqua, ("b.xml", invoice(total="150.00")))
    assert statuses(waiting) == ["changed"]
    staging.accept(batch=waiting, actor="bruno@acqua.test", as_of=TODAY)
    changed, old = Invoice.objects.get(), InvoiceVersion.objects.get()
    assert (changed.version, changed.payable_cents, changed.instalments.get().amount_cents) == (
        2,
        15000,
        15000,
    )
    assert (old.version, old.content["payable_cents"], old.content["instalments"][0]["amount_cents"]) == (
        1,
        12200,
        12200,
    )
    assert TrailEntry.objects.get(verb="invoice.changed").data["before_cents"] == 12200


def test_a_document_and_its_correction_in_one_delivery_come_in_turn(acqua: Client) -> None:
    take(
        acqua,
        (
            "lot.zip",
            zipped(("a.xml", invoice()), ("b.xml", invoice(total="130.00")), ("c.xml", invoice(total="130.00"))),
        ),
    )
    assert (Invoice.objects.get().version, Invoice.objects.get().payable_cents) == (2, 13000)


def test_two_bodies_of_a_file_are_two_invoices(acqua: Client) -> None:
    from tests.domain.intake.deliveries import party

    xml = fattura(
        body(number="1"),
        body(number="2"),
        seller=party("CedentePrestatore", vat="01234567897", name="Acqua e Luce S.p.A."),
    )
    take(acqua, ("two.xml", xml.encode()))
    assert set(Invoice.objects.values_list("number", flat=True)) == {"1", "2"}


def test_a_good_client_policy_accepts_clean_files_by_itself(acqua: Client) -> None:
    Client.objects.update(auto_accept=True)
    acqua.refresh_from_db()
    batch = stage(acqua, ("a.xml", invoice(general="")))
    assert (batch.status, batch.decided_by) == ("accepted", "system:policy")
    assert Invoice.objects.count() == 1


def test_the_policy_leaves_a_delivery_with_errors_to_a_person(acqua: Client) -> None:
    Client.objects.update(auto_accept=True)
    acqua.refresh_from_db()
    batch = stage(acqua, ("a.xml", invoice()), ("b.xml", b"<broken"))
    assert batch.status == "staged"
    assert not Invoice.objects.exists()


def test_a_delivery_is_decided_once(acqua: Client) -> None:
    batch = take(acqua, ("a.xml", invoice()))
    with pytest.raises(Refused) as no:
        staging.refuse(batch=batch, actor="bruno@acqua.test", as_of=TODAY)
    assert no.value.code == "batch.decided"


def test_killed_between_two_files_the_same_files_go_on_and_nothing_doubles(
    acqua: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [(f"{n}.xml", invoice(number=f"2026/{n}")) for n in range(4)]
    real, seen = staging.read, []

    def dies(name: str, *rest: object) -> object:
        seen.append(name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "read", dies)
    with pytest.raises(KeyboardInterrupt):
        stage(acqua, *files)
    half = Batch.objects.get()
    assert StagedRow.objects.count() == 2
    with pytest.raises(Refused) as no:
        staging.accept(batch=half, actor="bruno@acqua.test", as_of=TODAY)
    assert no.value.code == "batch.incomplete"
    assert take(acqua, *files) == half
    assert (StagedRow.objects.count(), Invoice.objects.count()) == (4, 4)


def test_two_ways_to_pay_the_whole_are_not_two_debts(acqua: Client) -> None:
    both = payment(instalment("2026-10-31", "122.00"), instalment("2026-10-31", "122.00", method="MP12"))
    batch = take(acqua, ("a.xml", invoice(payments=both)))
    assert [(item.amount_cents, item.method) for item in Instalment.objects.all()] == [(12200, "MP05")]
    assert "instalments.alternatives" in problems(batch)
