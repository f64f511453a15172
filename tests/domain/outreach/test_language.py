# SPDX-License-Identifier: Apache-2.0
"""The language check: what it hears, what it suggests, and what it rightly lets pass."""

import pytest

from ascolto.domain.outreach.language import check


@pytest.mark.parametrize(
    ("spoken", "text", "found", "kind"),
    [
        ("it", "Il debitore deve pagare", ["debitore", "deve pagare"], "accusation"),
        ("it", "Cliente MOROSO da mesi", ["MOROSO"], "accusation"),
        ("it", "Lei non ha ancora pagato la bolletta", ["non ha ancora pagato"], "accusation"),
        ("it", "Le fatture sono insolute", ["insolute"], "accusation"),
        ("it", "Perché non ha pagato?", ["Perché non ha pagato"], "accusation"),
        ("it", "procederemo per  vie\nlegali", ["vie\nlegali"], "threat"),
        ("it", "Ultimo avviso prima del pignoramento", ["Ultimo avviso", "pignoramento"], "threat"),
        ("it", "La diffidiamo", ["diffidiamo"], "threat"),
        ("it", "ufficio recupero crediti", ["recupero crediti"], "threat"),
        ("it", "entro e non oltre lunedì", ["entro e non oltre"], "pressure"),
        ("it", "all’istante", ["all’istante"], "pressure"),
        ("it", "Risponda subito!!!", ["!!!"], "shouting"),
        ("it", "PAGHI SUBITO TUTTO", ["PAGHI SUBITO TUTTO"], "shouting"),
        ("en", "The debtor failed to pay", ["debtor", "failed to pay"], "accusation"),
        ("en", "This is your final warning: legal action", ["final warning", "legal action"], "threat"),
        ("en", "You must pay immediately", ["You must pay", "immediately"], "pressure"),
    ],
)
def test_it_hears(spoken: str, text: str, found: list[str], kind: str) -> None:
    remarks = check(text, spoken)
    assert [remark.found for remark in remarks] == found
    assert remarks[0].kind == kind
    assert all(remark.suggestion for remark in remarks)
    assert all(text[remark.start : remark.end] == remark.found for remark in remarks)


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("it", "L’addebito diretto è arrivato, grazie"),
        ("it", "Il pagamento non ci risulta ancora arrivato"),
        ("it", "È un amoroso saluto dalla Francia, via Legale 3"),
        ("it", "La fattura di ACEA SPA per ROSSI MARIO SRL è in scadenza!"),
        ("it", ""),
        ("en", "A courtesy call about your account"),
        ("en", "The invoice is still open"),
    ],
)
def test_it_lets_pass(spoken: str, text: str) -> None:
    assert check(text, spoken) == []
