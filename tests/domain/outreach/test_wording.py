# SPDX-License-Identifier: Apache-2.0
"""Our words: each template in each language and tone, whatever the facts; nothing executed, nothing
harsher.
"""

import dataclasses
import datetime as dt
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascolto.domain.outreach import language, mail_text, placeholders, scripts, wording
from ascolto.domain.outreach.facts import FactsError, Item, MessageFacts
from ascolto.domain.outreach.wording import Channel, WordingError

from .conftest import facts

STRATEGIES = Path(__file__).resolve().parents[3] / "ascolto" / "policies" / "strategy"
TEMPLATES = (
    "courtesy", "before_due", "reminder_first", "reminder_second", "reminder_firm", "formal_notice",
    "promise_reminder", "promise_broken", "thanks_on_time", "thanks_promise_kept", "thanks_plan_finished",
    "thanks_plan_half", "hardship", "hardship_bonus",
)  # fmt: skip
ANSWERS = ("dispute_answered", "complaint_answered", "request_answered")
SCRIPTS = ("call_courtesy", "call_reminder", "call_promise_broken", "call_before_legal", "call_path_review")
LANGUAGES = ("it", "en")
CHANNELS: tuple[Channel, ...] = ("email", "letter")
KINDS = ("consumer", "business", "public")


def test_every_name_that_the_policies_use_is_there() -> None:
    assert set(wording.keys()) == {*TEMPLATES, *ANSWERS}
    assert set(scripts.keys()) == set(SCRIPTS)


@pytest.mark.parametrize("policy", sorted(STRATEGIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_template_of_a_strategy_has_its_words(policy: Path) -> None:
    named = set(re.findall(r'^template = "(\w+)"', policy.read_text("utf-8"), re.MULTILINE))
    assert named
    assert named - set(wording.keys()) == set()


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_all_our_words_pass_the_language_check(template: str, spoken: str) -> None:
    for tone in range(6):
        for channel in CHANNELS:
            for kind in KINDS:
                composed = wording.compose(template, tone, spoken, facts(customer_kind=kind), channel=channel)
                assert language.check(f"{composed.subject}\n{composed.text}", spoken) == []


@pytest.mark.parametrize("key", SCRIPTS)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_the_conversation_has_six_stages_and_asks_why_first(key: str, spoken: str) -> None:
    script = scripts.script(key, 2, spoken, facts())
    assert [stage.name for stage in script.stages] == list(scripts.STAGES)
    assert script.stages[0].ask == (), "before the first question one says who one is"
    first = script.stages[1].ask[0]
    assert re.match(r"(Che cosa|Che impressione|Come|What|How)\b", first), "open, and about the reason"
    assert [answer.emotion for answer in script.answers] == list(scripts.EMOTIONS)
    said = [text for part in script.stages for text in (*part.say, *part.ask, *part.do)]
    said += [text for answer in script.answers for text in (answer.do, *answer.say)]
    assert [remark for text in said for remark in language.check(text, spoken)] == []
    assert not re.search(r"[{}]", "".join(said))


def test_a_script_leaves_out_what_nobody_knows() -> None:
    script = scripts.script("call_promise_broken", 2, "it", facts(promise_on=None, promise_cents=None))
    assert not any("None" in text or "{" in text for stage in script.stages for text in stage.say)
    assert len(script.stages[2].say) == 1


@pytest.mark.parametrize("template", [name for name in TEMPLATES if not name.startswith("thanks")])
@pytest.mark.parametrize(
    ("spoken", "doors"),
    [
        ("it", ("già pagato", "qualcosa non torna", "difficil|difficolt", "800 123 456")),
        ("en", ("already paid", "something wrong|something is (wrong|not right)|is something", "difficult",
                "800 123 456")),
    ],
)  # fmt: skip
def test_the_doors_are_always_open(template: str, spoken: str, doors: tuple[str, ...]) -> None:
    for channel in CHANNELS:
        text = " ".join(wording.compose(template, 5, spoken, facts(), channel=channel).text.lower().split())
        for door in doors:
            assert re.search(door, text), door


@pytest.mark.parametrize("template", ANSWERS)
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_an_answer_says_the_outcome_and_asks_for_nothing(template: str, spoken: str) -> None:
    told = facts(case_opened_on=dt.date(2026, 9, 1), case_outcome="Contatore cambiato", case_indemnity_cents=3_000)
    composed = wording.compose(template, 2, spoken, told)
    assert "Contatore cambiato" in composed.text
    assert "IBAN" not in composed.text
    assert ("30,00" in composed.text or "30.00" in composed.text) == (template != "request_answered")
    assert language.check(f"{composed.subject}\n{composed.text}", spoken) == []
    with pytest.raises(WordingError, match="case_outcome"):
        wording.compose(template, 2, spoken, facts(case_opened_on=dt.date(2026, 9, 1)))


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name.startswith("thanks")])
def test_a_thank_you_asks_for_nothing(template: str) -> None:
    composed = wording.compose(template, 0, "it", facts())
    assert "IBAN" not in composed.text
    assert "2026/1042" not in composed.text
    assert "184,50 €" in composed.text.replace("\u00a0", " ")


def test_one_message_for_all_that_is_due() -> None:
    composed = wording.compose("reminder_first", 1, "it", facts())
    for body in (composed.text.replace("\u00a0", " "), composed.html.replace("\u00a0", " ")):
        for said in ("2026/1042", "2026/1187", "31/08/2026", "30/09/2026", "1.210,00 €", "610,00 €",
                     "794,50 €", "IT60 X054 2811 1010 0000 0123 456"):  # fmt: skip
            assert said in body


@pytest.mark.parametrize(("asked", "used"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 3)])
def test_the_tone_softens_and_never_hardens(asked: int, used: int) -> None:
    assert wording.compose("reminder_firm", asked, "it", facts()).tone == used


def test_each_tone_has_its_own_words() -> None:
    openings = {wording.compose("reminder_firm", tone, "it", facts()).blocks[0].text for tone in range(4)}
    closings = {wording.compose("formal_notice", tone, "it", facts()).closing for tone in range(6)}
    assert (len(openings), len(closings)) == (4, 6)


@pytest.mark.parametrize(
    ("kind", "law", "says", "does_not_say"),
    [
        ("business", "", "231/2002", "tasso legale"),
        ("public", "", "40 euro", "tasso legale"),
        ("consumer", "", "tasso legale", "231/2002"),
        ("business", "legal", "tasso legale", "40 euro"),
    ],
)
def test_the_formal_notice_states_the_law_of_its_reader(kind: str, law: str, says: str, does_not_say: str) -> None:
    composed = wording.compose("formal_notice", 5, "it", facts(customer_kind=kind, interest_law=law), channel="letter")
    text = " ".join(composed.text.split())
    assert says in text
    assert does_not_say not in text
    assert "art. 1219" in text
    assert "entro il 05/12/2026" in text, "fifteen days from the letter when the policy gives no date"
    assert "li esclude" in text


def test_interest_is_shown_when_it_is_asked() -> None:
    composed = wording.compose("formal_notice", 5, "it", facts(interest_cents=515, costs_cents=4_000))
    text = composed.text.replace("\u00a0", " ")
    assert composed.amount_cents == 79_450 + 515 + 4_000
    assert "Interessi di mora: 5,15 €" in text
    assert "839,65 €" in text
    assert "li esclude" not in text


def test_a_promise_is_paid_as_promised() -> None:
    composed = wording.compose("promise_reminder", 0, "it", facts())
    assert composed.amount_cents == 30_000
    assert "Importo: 300,00 €" in composed.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "bad",
    [
        {"customer_name": "{client_iban}"},
        {"customer_name": "<script>alert(1)</script>"},
        {"payment_reference": '"><img src=x onerror=alert(1)>'},
        {"client_name": "A & B $body ${body}"},
    ],
)
def test_what_comes_from_outside_is_only_text(bad: dict[str, str]) -> None:
    composed = wording.compose("reminder_first", 1, "it", facts(**bad))
    (value,) = bad.values()
    assert value in composed.text
    assert "<script" not in composed.html
    assert "<img" not in composed.html
    assert "IT60X" not in composed.greeting


def test_a_hole_is_never_sent() -> None:
    with pytest.raises(WordingError, match="promise_on"):
        wording.compose("promise_broken", 2, "it", facts(promise_on=None))
    with pytest.raises(WordingError, match="neither phone nor e-mail"):
        wording.compose("reminder_first", 1, "it", facts(client_phone="", client_email=""), channel="letter")


@pytest.mark.parametrize("text", ["{nobody}", "{total.real}", "{total!r}", "{", "}", "{total?a|b}", "{0}"])
def test_unknown_placeholders_are_refused_at_load_time(text: str) -> None:
    with pytest.raises(WordingError, match="test"):
        placeholders.check(f"prima {text} dopo", "test")


@pytest.mark.parametrize("key", ["nobody", "_common", "../_common", "call_reminder.toml", ""])
def test_unknown_templates_are_refused(key: str) -> None:
    with pytest.raises(WordingError):
        wording.compose(key, 1, "it", facts())


def test_another_language_becomes_italian() -> None:
    assert wording.compose("courtesy", 0, "de", facts()).language == "it"


text = st.text(max_size=40)
cents = st.integers(-(10**11), 10**11)
days = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
items = st.builds(Item, invoice_number=text, issued_on=days, due_on=days, amount_cents=cents, balance_cents=cents)


@given(st.lists(items, max_size=4), text, st.none() | days, st.none() | cents)
def test_facts_survive_being_kept_as_json(
    rows: list[Item], name: str, promise_on: dt.date | None, promise_cents: int | None
) -> None:
    one = facts(items=tuple(rows), customer_name=name, promise_on=promise_on, promise_cents=promise_cents)
    assert MessageFacts.from_dict(json.loads(json.dumps(one.to_dict()))) == one


@given(st.lists(items, max_size=4), text.filter(str.strip), st.sampled_from(TEMPLATES), st.integers(0, 5))
def test_any_facts_give_a_message(rows: list[Item], name: str, template: str, tone: int) -> None:
    composed = wording.compose(template, tone, "it", facts(items=tuple(rows), customer_name=name))
    assert composed.subject
    assert composed.text.endswith("\n")


@pytest.mark.parametrize(
    "change",
    [{"total_cents": 1}, {"salutation": "sir"}, {"customer_kind": "debtor"}, {"currency": "USD"}],
)
def test_facts_that_contradict_each_other_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FactsError):
        dataclasses.replace(facts(), **change)


def test_unknown_facts_are_refused() -> None:
    with pytest.raises(FactsError, match="colour"):
        MessageFacts.from_dict({**facts().to_dict(), "colour": "red"})


@pytest.mark.parametrize(("before", "said"), [(0, False), (1, False), (2, True)])
def test_several_times_is_said_only_after_several_messages(before: int, said: bool) -> None:
    for spoken, words in (("it", "più volte"), ("en", "several times")):
        for tone in (2, 3):
            text = wording.compose("reminder_firm", tone, spoken, facts(written_before=before)).text
            assert (words in " ".join(text.split())) is said


@pytest.mark.parametrize(
    ("channel", "words"), [("email", "questa e-mail"), ("pec", "questa PEC"), ("letter", "scriva a")]
)
def test_how_to_answer_fits_the_channel(channel: Channel, words: str) -> None:
    text = " ".join(wording.compose("reminder_first", 1, "it", facts(), channel=channel).text.split())
    assert words in text
    assert ("questa e-mail" in text) is (channel == "email")


def test_the_social_bonus_is_told_to_households_with_the_limits_in_force_and_never_without() -> None:
    known = facts(bonus_isee_cents=979_600, bonus_isee_family_cents=2_000_000)
    assert "9.796,00" in wording.compose("hardship_bonus", 1, "it", known).text
    assert "bonus" not in wording.compose("hardship_bonus", 1, "it", facts()).text.lower()
    firm = dataclasses.replace(known, customer_kind="business")
    assert "bonus" not in wording.compose("hardship_bonus", 1, "it", firm).text.lower()


@given(words=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=80), max_size=60),
       hang=st.sampled_from(["", "  "]))  # fmt: skip
def test_lines_are_broken_as_textwrap_breaks_them(words: list[str], hang: str) -> None:
    text = " ".join(words)
    slow = textwrap.fill(text, mail_text.WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
    assert mail_text.in_lines(text, hang) == slow


@given(st.integers(0, 3), st.sampled_from(["", "Ada"]))
def test_facts_as_json_are_what_the_dataclass_says(items: int, operator: str) -> None:
    item = Item(invoice_number="A/1", issued_on=dt.date(2026, 9, 1), due_on=dt.date(2026, 9, 30), amount_cents=500,
                balance_cents=400)  # fmt: skip
    told = dataclasses.replace(facts(), items=(item,) * items, total_cents=400 * items, operator_name=operator)
    slow = json.loads(json.dumps(dataclasses.asdict(told), default=str))
    assert told.to_dict() == slow
    assert MessageFacts.from_dict(told.to_dict()) == told
