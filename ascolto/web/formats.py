# SPDX-License-Identifier: Apache-2.0
"""How money, dates and shares are written, in Italian and in English. Pure: today and now are arguments.

`1.234,56 €`, `22/11/2026`, "ieri", "tra 3 giorni"; `€1,234.56`, `22 Nov 2026`, "yesterday", "in 3 days".
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy

NBSP = "\u00a0"
MINUS = "\u2212"
NEAR_DAYS = 7
"""Days around today that are said in words; beyond them the calendar date is clearer."""

_SIZES = (
    (1_000_000_000, pgettext_lazy("amount", "bn")),
    (1_000_000, pgettext_lazy("amount", "m")),
    (1_000, pgettext_lazy("amount", "k")),
)
_LOCALES = {"it": Locale("it", "IT"), "en": Locale("en", "GB")}
_DAYS = {code: locale.days["format"]["abbreviated"] for code, locale in _LOCALES.items()}
_MONTHS = {code: locale.months["format"]["abbreviated"] for code, locale in _LOCALES.items()}
# A list writes hundreds of amounts and days. Euros, whole numbers and days are therefore put together here from what babel
# knows; babel's own way, which reads a pattern each time, writes the rest. tests/web/test_formats.py holds both equal.


def locale_now() -> Locale:
    """Babel locale of the active language; Italian when it is neither Italian nor English."""
    return _LOCALES[_language()]


def _language() -> str:
    return "en" if (get_language() or "it")[:2] == "en" else "it"


def _grouped(whole: int) -> str:
    text = f"{whole:,}"
    return text if _language() == "en" else text.replace(",", ".")


def _euros(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    text = f"{whole:,}"
    return f"€{text}.{rest:02}" if _language() == "en" else f"{text.replace(',', '.')},{rest:02}{NBSP}€"


def money(cents: int | None, currency: str = "EUR") -> str:
    """`123456` -> `1.234,56 €`. Below zero: a minus and the word credit. None -> an en dash."""
    if cents is None:
        return "–"
    if currency == "EUR":
        text = _euros(abs(int(cents)))
    else:
        amount = Decimal(abs(cents)).scaleb(-get_currency_precision(currency))
        text = format_currency(amount, currency, locale=locale_now())
    return text if cents >= 0 else f"{MINUS}{text}{NBSP}{gettext('credit')}"


def money_short(cents: int | None, currency: str = "EUR") -> str:
    """For charts and cards: `1,2 mln €`, no cents, at most three digits and a unit."""
    if cents is None:
        return "–"
    units = abs(cents) / 10 ** get_currency_precision(currency)
    for size, word in _SIZES:
        if units >= size * 0.9995:
            pattern = "0" if units >= 100 * size else "0.#"
            short = format_decimal(units / size, pattern, locale=locale_now())
            return _with_symbol(short, str(word), currency, cents < 0)
    return _with_symbol(format_decimal(units, "0", locale=locale_now()), "", currency, cents < 0)


def _with_symbol(number: str, word: str, currency: str, negative: bool) -> str:
    symbol = {"EUR": "€", "GBP": "£", "USD": "$"}.get(currency, currency)
    sign = MINUS if negative else ""
    if locale_now().language == "en":
        return f"{sign}{symbol}{number}{word}"
    return f"{sign}{number}{NBSP}{word}{NBSP}{symbol}" if word else f"{sign}{number}{NBSP}{symbol}"


def number(value: int | float | Decimal | None) -> str:
    """`12345` -> `12.345` (en `12,345`). None -> an en dash."""
    if isinstance(value, int):
        return _grouped(value).replace("-", MINUS)
    return "–" if value is None else format_decimal(value, locale=locale_now()).replace("-", MINUS)


def percent(value: int | float | Decimal | None, places: int = 1) -> str:
    """`61.54` (per cent) -> `61,5%`; trailing zeros go. None -> an en dash."""
    if value is None:
        return "–"
    pattern = "#,##0." + "#" * places if places else "#,##0"
    return format_decimal(value, pattern, locale=locale_now()).replace("-", MINUS) + "%"


def basis_points(value: int | None, places: int = 1) -> str:
    """`6154` (basis points) -> `61,5%`."""
    return percent(None if value is None else Decimal(value) / 100, places)


def as_date(value: date | datetime) -> date:
    """The civil date of a moment, in the time zone of the site."""
    return _here(value).date() if isinstance(value, datetime) else value


def _here(value: datetime) -> datetime:
    """The moment in the time zone of the site."""
    return timezone.localtime(value, timezone.get_default_timezone()) if timezone.is_aware(value) else value


def calendar_day(value: date | datetime | None, with_weekday: bool = False) -> str:
    """`22/11/2026` or `22 Nov 2026`; with its day of week for dates of law: `dom 22/11/2026`."""
    if value is None:
        return "–"
    on, language = as_date(value), _language()
    text = f"{on.day}{NBSP}{_MONTHS['en'][on.month]}{NBSP}{on.year}" if language == "en" else f"{on:%d/%m/}{on.year}"
    return f"{_DAYS[language][on.weekday()]}{NBSP}{text}" if with_weekday else text


def day(value: date | datetime | None, today: date) -> str:
    """In words within a week of `today` ("ieri", "tra 3 giorni"), else the calendar date."""
    if value is None:
        return "–"
    distance = (as_date(value) - today).days
    if abs(distance) > NEAR_DAYS:
        return calendar_day(value)
    if -1 <= distance <= 1:
        return (gettext("today"), gettext("tomorrow"), gettext("yesterday"))[distance]
    if distance > 0:
        return ngettext("in %(n)d day", "in %(n)d days", distance) % {"n": distance}
    return ngettext("%(n)d day ago", "%(n)d days ago", -distance) % {"n": -distance}


def ago(value: datetime | None, now: datetime) -> str:
    """Distance of a moment from `now`: "adesso", "3 ore fa", "ieri, 14:05", then the date."""
    if value is None:
        return "–"
    distance, on, today = now - value, as_date(value), as_date(now)
    if abs(distance) < timedelta(minutes=1):
        return gettext("just now")
    if abs(distance) < timedelta(hours=12) and on == today:
        return str(format_timedelta(-distance, add_direction=True, locale=locale_now()))
    return f"{day(on, today)}, {clock_time(value)}"


def clock_time(value: datetime) -> str:
    """`14:05`, in the time zone of the site."""
    at = _here(value)
    return f"{at.hour:02}:{at.minute:02}"


def moment(value: datetime | None) -> str:
    """`22/11/2026, 14:05`: of what machines do, whose clock is not the business day's."""
    return "–" if value is None else f"{calendar_day(value)}, {clock_time(value)}"


def span(seconds: float | None) -> str:
    """`2,4 s`, `41 s`, `2 min 5 s`, `1 h 3 min`. None -> an en dash."""
    if seconds is None:
        return "–"
    if seconds < 9.95:
        return f"{format_decimal(seconds, '0.#', locale=locale_now())}{NBSP}s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = ((hours, "h"), (minutes, "min"), (0 if hours else rest, "s"))
    return NBSP.join(f"{count}{NBSP}{unit}" for count, unit in parts if count)


def days(count: int | None) -> str:
    """`1 giorno`, `12 giorni`. None -> an en dash."""
    if count is None:
        return "–"
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": number(count)}
