# SPDX-License-Identifier: Apache-2.0
"""The three clients of the demo: who they are, how many customers they have, what their bank sends. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ascolto.demo.identifiers import iban, vat_number


@dataclass(frozen=True)
class DemoClient:
    """One creditor. `bank_format` is the dialect of its bank statements, `series` begins its invoice numbers; `bank_list`:
    in the last weeks somebody downloads a spreadsheet of the bank's entries instead."""

    slug: str
    name: str
    sector: str
    vat: str
    street: str
    postcode: str
    city: str
    province: str
    phone: str
    email: str
    iban: str
    bank_format: str
    series: str
    size: int
    terms_days: int
    charter: dict[str, Any] = field(default_factory=dict)
    bank_list: bool = False

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postcode} {self.city} {self.province}"


UTILITY = DemoClient(
    slug="valverde", name="Valverde Energia e Acqua S.p.A.", sector="utility", vat=vat_number(9100417),
    street="Viale delle Fonti 12", postcode="41121", city="Modena", province="MO", phone="+390200100100",
    email="clienti@valverde.test", iban=iban("09981", "12900", 4417), bank_format="v02", series="V", size=2000,
    terms_days=30,
    charter={"max_tone": 4, "phone_from": "09:00", "phone_to": "19:00", "max_contacts_week": 3, "min_cents": 500,
             "no_contact_days": ["12-24", "12-31"], "version": "2025-11"},
)  # fmt: skip
LIFTS = DemoClient(
    slug="salita", name="Ascensori Salita S.r.l.", sector="b2b_services", vat=vat_number(9100985),
    street="Via dell'Artigianato 8", postcode="47921", city="Rimini", province="RN", phone="+390200200200",
    email="amministrazione@salita.test", iban=iban("09982", "24200", 9855), bank_format="v08", series="S", size=300,
    terms_days=60,
    charter={"phone_from": "09:00", "phone_to": "18:00", "max_contacts_week": 2, "min_cents": 1000,
             "plans": {"interest": "legal"}, "version": "2025-11"},
    bank_list=True,
)  # fmt: skip
HOUSING = DemoClient(
    slug="casacomune", name="Casa Comune, Ente per l'abitare", sector="public_housing", vat=vat_number(9101290),
    street="Piazza della Casa 1", postcode="43121", city="Parma", province="PR", phone="+390200300300",
    email="inquilini@casacomune.test", iban=iban("09983", "12700", 12907), bank_format="cbi", series="L", size=500,
    terms_days=10,
    charter={"max_tone": 4, "phone_from": "09:00", "phone_to": "18:30", "max_contacts_week": 2,
             "no_contact_months": [], "version": "2025-11"},
)  # fmt: skip
CLIENTS = (UTILITY, LIFTS, HOUSING)
