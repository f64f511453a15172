# SPDX-License-Identifier: Apache-2.0
"""The shell: how things are written, who sees which place, choices, toasts, tables, colours, icons."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from ascolto.domain.access.models import Client, Membership, User
from ascolto.domain.records import clock
from ascolto.web import formats, tables, ui, words

WEB = Path(ui.__file__).parent
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 15, 0, tzinfo=clock.ROME)


def render(source: str, **values: object) -> str:
    return Template(source).render(Context(values)).replace("\u00a0", " ")


def in_language(language: str, text: object) -> str:
    with translation.override(language):
        return str(text() if callable(text) else text).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("cents", "currency", "italian", "english"),
    [
        (123456, "EUR", "1.234,56 €", "€1,234.56"),
        (5, "EUR", "0,05 €", "€0.05"),
        (0, "EUR", "0,00 €", "€0.00"),
        (-5000, "EUR", "−50,00 € credito", "−€50.00 credit"),
        (123456789012, "EUR", "1.234.567.890,12 €", "€1,234,567,890.12"),
        (1500, "JPY", "1.500 JPY", "JP¥1,500"),
        (None, "EUR", "–", "–"),
    ],
)
def test_money_is_written_as_each_language_writes_it(
    cents: int | None, currency: str, italian: str, english: str
) -> None:
    assert in_language("it", lambda: formats.money(cents, currency)) == italian
    assert in_language("en", lambda: formats.money(cents, currency)) == english


@pytest.mark.parametrize(
    ("cents", "italian", "english"),
    [
        (99_900, "999 €", "€999"),
        (123_400, "1,2 mila €", "€1.2k"),
        (34_000_000, "340 mila €", "€340k"),
        (99_999_900, "1 mln €", "€1m"),
        (-123_456_789, "−1,2 mln €", "−€1.2m"),
        (250_000_000_000, "2,5 mld €", "€2.5bn"),
    ],
)
def test_short_money_has_a_unit_and_never_a_thousand_thousands(cents: int, italian: str, english: str) -> None:
    assert in_language("it", lambda: formats.money_short(cents)) == italian
    assert in_language("en", lambda: formats.money_short(cents)) == english


@pytest.mark.parametrize(
    ("days_away", "italian", "english"),
    [
        (-8, "14/11/2026", "14 Nov 2026"),
        (-7, "7 giorni fa", "7 days ago"),
        (-1, "ieri", "yesterday"),
        (0, "oggi", "today"),
        (1, "domani", "tomorrow"),
        (3, "tra 3 giorni", "in 3 days"),
        (8, "30/11/2026", "30 Nov 2026"),
    ],
)
def test_near_days_are_said_in_words(days_away: int, italian: str, english: str) -> None:
    value = TODAY + dt.timedelta(days=days_away)
    assert in_language("it", lambda: formats.day(value, TODAY)) == italian
    assert in_language("en", lambda: formats.day(value, TODAY)) == english


def test_a_moment_belongs_to_the_day_it_has_in_rome() -> None:
    half_past_midnight_in_rome = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC)
    assert in_language("it", lambda: formats.day(half_past_midnight_in_rome, TODAY)) == "oggi"


@pytest.mark.parametrize(
    ("before", "italian"),
    [
        (dt.timedelta(seconds=20), "adesso"),
        (dt.timedelta(hours=3), "3 ore fa"),
        (dt.timedelta(hours=20), "ieri, 19:00"),
        (dt.timedelta(days=30), "23/10/2026, 15:00"),
    ],
)
def test_moments_are_told_from_now(before: dt.timedelta, italian: str) -> None:
    assert in_language("it", lambda: formats.ago(NOW - before, NOW)) == italian


def test_dates_of_law_show_their_day_of_week() -> None:
    assert in_language("it", lambda: formats.calendar_day(TODAY, with_weekday=True)) == "dom 22/11/2026"
    assert in_language("en", lambda: formats.calendar_day(TODAY, with_weekday=True)) == "Sun 22 Nov 2026"


def test_shares_and_counts() -> None:
    assert in_language("it", lambda: formats.basis_points(6154)) == "61,5%"
    assert in_language("en", lambda: formats.percent(60)) == "60%"
    assert in_language("it", lambda: formats.number(-12345)) == "−12.345"
    assert in_language("it", lambda: [formats.days(1), formats.days(1200)]) == "['1 giorno', '1.200 giorni']"


# --- places and people -------------------------------------------------------------------------------------


def request_of(user: User, path: str = "/", **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    request.user = user
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def places(user: User) -> list[str]:
    eyes = ui.viewer(request_of(user))
    return [place.url_name for place in ui.NAV if ui.may_go(eyes, place)]


def test_each_role_is_shown_the_places_its_rights_open(ada: User, bruno: User, acqua: Client) -> None:
    viewer = User.objects.create_user("cfo@acqua.test", name="Elena")
    Membership.objects.create(user=viewer, client=acqua, role="client_viewer")
    assert "desk:my_day" in places(ada)
    assert "desk:imports" not in places(ada)
    assert "desk:imports" in places(bruno)
    assert "insight:cockpit" in places(viewer)
    assert "desk:my_day" not in places(viewer)


def test_somebody_without_a_client_is_shown_nothing(db: None) -> None:
    assert places(User.objects.create_user("new@x.test", name="New")) == []


def test_the_keys_of_the_places_differ() -> None:
    keys = [place.key for place in ui.NAV]
    assert len(set(keys)) == len(keys)


def test_choosing_a_client_narrows_the_eyes_and_a_strange_one_does_not_widen_them(
    bruno: User, acqua: Client, altrove: Client
) -> None:
    second = Client.objects.create(slug="due", name="Due", sector="utility")
    Membership.objects.create(user=bruno, client=second, role="credit_manager")
    browser = Browser()
    browser.force_login(bruno)
    seen = {}
    for asked in (acqua.pk, altrove.pk, ""):
        browser.post(reverse("preferences"), {"client": asked})
        request = request_of(bruno)
        request.session = browser.session
        seen[asked] = ui.viewer(request).client_ids
    assert seen == {acqua.pk: (acqua.pk,), altrove.pk: (acqua.pk, second.pk), "": (acqua.pk, second.pk)}


def test_display_choices_are_kept_and_nonsense_is_not(db: None) -> None:
    browser = Browser()
    answer = browser.post(reverse("preferences"), {"theme": "dark", "density": "huge", "language": "en", "next": "/x"})
    assert answer.headers["Location"] == "/x"
    assert {name: m.value for name, m in answer.cookies.items()} == {
        "ascolto_theme": "dark",
        "django_language": "en",
    }


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "javascript:alert(1)", ""])
def test_preferences_never_send_anybody_to_another_house(db: None, target: str) -> None:
    assert Browser().post(reverse("preferences"), {"next": target}).headers["Location"] == "/"


def test_an_unknown_cookie_falls_to_the_default(ada: User) -> None:
    assert ui.choice(request_of(ada, ascolto_theme="pink"), "theme") == "auto"
    assert ui.choice(request_of(ada, ascolto_theme="dark"), "theme") == "dark"


def test_a_toast_offers_its_undo_as_a_post(ada: User) -> None:
    request = request_of(ada)
    ui.toast(request, "Done <b>", undo="/undo/7/")
    html = render("{% toasts %}", request=request, csrf_token="abc")
    assert '<form method="post" action="/undo/7/">' in html
    assert "Done &lt;b&gt;" in html


def test_the_sign_in_page_greets_in_italian_and_in_english(db: None) -> None:
    browser = Browser()
    assert "Benvenuti" in browser.get(reverse("account_login")).content.decode()
    browser.post(reverse("preferences"), {"language": "en"})
    assert "Welcome" in browser.get(reverse("account_login")).content.decode()


def test_no_page_of_ours_runs_inline_script() -> None:
    for page in WEB.rglob("templates/**/*.html"):
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:|hx-on", page.read_text()), page


# --- tables ------------------------------------------------------------------------------------------------

COLUMNS = [
    tables.Column("name", "Name", ("name",)),
    tables.Column("sector", "Sector", ("sector", "-name"), number=True),
    tables.Column("why", "Why"),
]


@pytest.mark.parametrize(
    ("asked", "key", "descending"),
    [
        ("name", "name", False),
        ("-sector", "sector", True),
        ("why", "sector", True),
        ("id;drop", "sector", True),
        ("", "sector", True),
    ],
)
def test_the_address_says_the_order_and_nonsense_falls_to_the_default(asked: str, key: str, descending: bool) -> None:
    sort = tables.sort_of(RequestFactory().get("/", {"sort": asked}), COLUMNS, "-sector")
    assert (sort.key, sort.descending) == (key, descending)


def test_rows_come_in_the_order_asked(db: None) -> None:
    for name, sector in (("A", "x"), ("B", "x"), ("C", "w")):
        Client.objects.create(slug=name.lower(), name=name, sector=sector)
    for asked, names in (("sector", "CBA"), ("-sector", "ABC"), ("-name", "CBA")):
        sort = tables.sort_of(RequestFactory().get("/", {"sort": asked}), COLUMNS, "name")
        assert "".join(tables.apply_sort(Client.objects.all(), sort).values_list("name", flat=True)) == names


def test_a_column_head_turns_the_order_and_keeps_the_filter() -> None:
    request = RequestFactory().get("/", {"sort": "-sector", "q": "a b", "page": "3"})
    html = render("{% sort_head c s %}", request=request, c=COLUMNS[1], s=tables.sort_of(request, COLUMNS, "name"))
    assert 'aria-sort="descending"' in html
    assert 'href="?sort=sector&amp;q=a+b"' in html


@pytest.mark.parametrize("cell", ["=1+1", "+39 02", "-1", "@x", "\t=1"])
def test_a_cell_that_looks_like_a_formula_is_exported_as_text(cell: str) -> None:
    body = tables.csv_response("x", ["a"], [[cell, None, -5]]).content.decode("utf-8-sig")
    assert body.splitlines()[1].lstrip('"').startswith("'")
    assert body.splitlines()[1].endswith(";;-5")


# --- components --------------------------------------------------------------------------------------------


def test_every_tone_has_a_word_and_nobody_is_called_a_debtor() -> None:
    spoken = [in_language("it", word) for word in words.TONES]
    assert spoken == ["Cortesia", "Cordiale", "Chiaro", "Fermo", "Serio", "Formale"]
    assert "debitor" not in (WEB / "locale/it/LC_MESSAGES/django.po").read_text().lower()


def test_an_ageing_bar_divides_its_length_by_the_money_and_says_it() -> None:
    rows = [
        {"label": "not due", "cents": 7500},
        {"label": "1-30", "cents": 0},
        {"label": "31-60", "cents": 2500},
    ]
    with translation.override("it"):
        html = render("{% ageing_bar rows %}", rows=rows)
    assert re.findall(r'class="age-(\d)" x="(\d+)" width="(\d+)"', html) == [
        ("0", "0", "750"),
        ("2", "750", "250"),
    ]
    assert 'aria-label="not due: 75,00 €. 31-60: 25,00 €. "' in html


def test_a_misspelt_option_of_a_figure_is_an_error() -> None:
    with pytest.raises(Exception, match="defnition"):
        render('{% figure "DSO" "64" defnition="x" %}')


def test_every_icon_named_in_a_template_or_in_the_menu_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static/ascolto/icons.svg").read_text()))
    named = (
        {place.icon for place in ui.NAV} | {m["icon"] for m in words.MOODS.values()} | set(words.NOTE_ICONS.values())
    )
    for page in WEB.rglob("templates/**/*.html"):
        named |= set(re.findall(r'\bicon(?:=| )"([^"]+)"', page.read_text()))
    assert named - sprite == set()


def test_every_sentence_of_the_shared_screen_has_its_italian() -> None:
    catalogue = (WEB / "locale/it/LC_MESSAGES/django.po").read_text()
    assert not re.search(r'^msgstr(\[\d\])? ""$(?!\n")', catalogue, re.M)
    assert "#, fuzzy" not in catalogue


# --- colours (WCAG 2.2: 4.5 for words, 7 for money) ---------------------------------------------------------


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens(scheme: int) -> dict[str, str]:
    css = (WEB / "static/ascolto/ascolto.css").read_text()
    found = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    return {name: (light, dark)[scheme] for name, light, dark in found}


GROUNDS = ("surface", "paper", "raised", "sunken", "hover", "chosen")
PAIRS = [
    *(("ink", ground, 7.0) for ground in GROUNDS),
    *(("ink-2", ground, 4.5) for ground in GROUNDS),
    *(("ink-3", ground, 4.5) for ground in GROUNDS),
    *(("accent", ground, 4.5) for ground in GROUNDS),
    *((f"tone-{n}-ink", f"tone-{n}", 4.5) for n in range(6)),
    ("accent-ink", "accent", 4.5),
    ("accent-ink", "accent-hover", 4.5),
    ("good", "surface", 7.0),
    ("good", "hover", 4.5),
    ("good", "good-soft", 4.5),
    ("watch", "watch-soft", 4.5),
    ("watch", "surface", 4.5),
    ("error", "error-soft", 4.5),
    ("error", "surface", 4.5),
    ("line-strong", "surface", 3.0),
    *((f"chart-{n}", "surface", 3.0) for n in range(1, 5)),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: int) -> None:
    colour = tokens(scheme)
    weak = {
        (a, b): round(contrast(colour[a], colour[b]), 2)
        for a, b, least in PAIRS
        if contrast(colour[a], colour[b]) < least
    }
    assert weak == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_ageing_reads_without_colour_because_its_lightness_goes_one_way(scheme: int) -> None:
    steps = [luminance(tokens(scheme)[f"age-{n}"]) for n in range(7)]
    assert steps == sorted(steps, reverse=scheme == 0)


@pytest.mark.django_db
def test_the_icon_that_browsers_ask_for_is_answered(client: Browser) -> None:
    assert client.get("/favicon.ico").headers["Location"].endswith("mark.svg")
