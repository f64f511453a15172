# SPDX-License-Identifier: Apache-2.0
"""The rows of the list of customers, what a search found among them; written straight, as in dayrows.py."""

from collections.abc import Callable, Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ascolto.domain.portfolio.models import Customer
from ascolto.domain.strategy.models import Decision
from ascolto.web import codes as words
from ascolto.web.templatetags import ascolto as ui
from ascolto.web.ui import path_with


def rows(lines: Sequence[tuple[Customer, Decision | None]], many_clients: bool) -> SafeString:
    """The rows of the table's body."""
    here = path_with("desk:customer")
    made = (_row(customer, decision, many_clients, here) for customer, decision in lines)
    return mark_safe("".join(made))  # noqa: S308  every value is escaped below


def _row(customer: Customer, decision: Decision | None, many_clients: bool, here: Callable[[int], str]) -> str:
    small = str(customer.get_kind_display()) + (f" · {customer.client.name}" if many_clients else "")
    operator = customer.operator.name if customer.operator else ""
    balance = ui.money_tag(decision.balance_cents) if decision else "–"
    overdue = ui.money_tag(decision.overdue_cents, strong=True) if decision else "–"
    return (
        f'<tr data-row id="c{customer.pk}">'
        f'<th scope="row"><a data-open href="{here(customer.pk)}">{escape(customer.name)}</a>'
        f"<small>{escape(small)}</small></th>"
        f'<td class="nowrap">{escape(customer.number)}</td><td>{escape(customer.city)}</td>'
        f'<td class="num">{balance}</td><td class="num">{overdue}</td><td>{_next(decision)}</td>'
        f'<td class="nowrap">{escape(operator or "–")}</td></tr>'
    )


def _next(decision: Decision | None) -> str:
    if decision is None:
        return f'<span class="muted">{escape(_("not decided yet"))}</span>'
    if decision.answer == Decision.Answer.ACT:
        channel = escape(str(words.word(words.CHANNELS, decision.channel)))
        return f"{escape(str(words.step(decision.step)))} <small>{channel}</small>"
    until = f" <small>{escape(_('until'))} {ui.when(decision.until_on)}</small>" if decision.until_on else ""
    return f'<span class="second">{escape(str(words.word(words.RULES, decision.rule)))}</span>{until}'
