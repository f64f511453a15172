# SPDX-License-Identifier: Apache-2.0
"""Finding a customer by whatever is at hand: a name, a number, a tax code, an invoice, a phone, an address.

Each way is one range of one index, cut at MOST; nothing walks a table (docs/decisions/0024). In order: what is exactly
so, what begins so, what is one slip away.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from ascolto.domain.access.prepared import asked
from ascolto.domain.access.viewer import Viewer, visible
from ascolto.domain.portfolio import terms
from ascolto.domain.portfolio.models import Account, ContactPoint, Customer, Invoice, NearWord, SearchTerm
from ascolto.domain.portfolio.normalise import search_name

MOST = 200
"""Customers that a search shows: who needs more says more."""
PROBED = 20_000
"""Names looked through for the other words, when the words do not stand side by side."""
NEAR_BELOW = 10
"""Slips are looked for when fewer are found without."""
LEAST = 3
"""Letters from which a beginning is enough."""

Ids = list[int]
Way = Callable[[int], Iterable[int]]
"""A way in which a text can be meant: the ids of at most so many customers."""
NAMES = (SearchTerm.Kind.NAME, SearchTerm.Kind.INNER)
MAILBOXES = (ContactPoint.Channel.EMAIL, ContactPoint.Channel.PEC)


def find_customers(viewer: Viewer, text: str, limit: int = 20) -> list[Customer]:
    """At most `limit` customers, the likeliest first: the exact number, then names that begin so, then the
    rest."""
    if not text.strip():
        return list(visible(viewer, Customer.objects.order_by("search_name", "pk"))[:limit])
    return list(ranked(viewer, found(viewer, text, limit)).order_by("found_rank", "search_name", "pk")[:limit])


def found(viewer: Viewer, text: str, most: int = MOST) -> list[Ids]:
    """Ids of at most `most` of the viewer's customers that `text` means, by rank: exactly so, a name that begins so,
    another part that begins so, one slip away. A bounded number of queries."""
    told: list[Ids] = [[], [], [], []]
    seen: set[int] = set()
    for rank, way in _ways(viewer, text.strip()):
        left = most - len(seen)
        if left <= 0 or (rank == 3 and len(seen) >= NEAR_BELOW):
            break
        fresh = [pk for pk in dict.fromkeys(way(most)) if pk not in seen][:left]
        told[rank] += fresh
        seen.update(fresh)
    return told


def in_order(viewer: Viewer, told: list[Ids]) -> Ids:
    """The ids of `found` by rank and name: what `ranked` sorts by."""
    rank = {pk: n for n, ids in enumerate(told) for pk in ids}
    return sorted(asked(_by_search_name, viewer, list(rank)), key=rank.__getitem__)


def _by_search_name(viewer: Viewer, ids: Ids) -> QuerySet[Any, int]:
    rows = visible(viewer, Customer.objects.filter(pk__in=ids)).order_by("search_name", "pk")
    return rows.values_list("pk", flat=True)


def ranked(viewer: Viewer, told: list[Ids]) -> QuerySet[Any]:
    """The customers of `found`, annotated with `found_rank` (0 best)."""
    whens = [When(pk__in=ids, then=Value(rank)) for rank, ids in enumerate(told) if ids]
    rows = visible(viewer, Customer.objects.filter(pk__in=[pk for ids in told for pk in ids]))
    return rows.annotate(found_rank=Case(*whens, default=Value(len(told)), output_field=IntegerField()))


def meaning(viewer: Viewer, text: str, field: str = "customer_id") -> Q:
    """A filter on rows that name their customer in `field`: those of every customer that `text` means, not of the
    first MOST only."""
    told = found(viewer, text)
    ids = [pk for rank in told for pk in rank]
    if len(ids) < MOST:
        return Q(**{f"{field}__in": ids})
    named = _terms(viewer, NAMES, " ".join(terms.words_of(text)))
    return Q(**{f"{field}__in": ids}) | Q(**{f"{field}__in": named})


def _ways(viewer: Viewer, text: str) -> Iterator[tuple[int, Way]]:
    """(rank, ids) of each way in which the text can be meant, the surest first."""
    if not text:
        return
    if "@" in text:
        yield 0, _way(_points, viewer, text.lower(), how="value")
        yield 2, _way(_points, viewer, text.lower(), how="value__begins")
        return
    code = text.replace(" ", "").upper()
    yield 0, _way(_numbered, viewer, text, text.upper(), text.lower())
    if code.isalnum():
        yield 0, _way(_customers, viewer, code, how="tax_code")
        yield 0, _way(_taxed, viewer, code, f"IT{code}")
    yield 0, _way(_owners, viewer, text, model=Invoice, how="number")
    yield 0, _way(_owners, viewer, text, model=Invoice, how="reference")
    yield 0, _way(_owners, viewer, text, model=Account, how="number")
    words = terms.words_of(text)
    yield from _by_name(viewer, words)
    yield from _by_beginning(viewer, text, code)
    yield from _by_slip(viewer, words)


def _way(make: Callable[..., QuerySet[Any]], *given: Any, **shape: Any) -> Way:
    """A question that is asked when it is its turn."""
    return lambda most: asked(make, *given, most=most, **shape)


def _by_name(viewer: Viewer, words: list[str]) -> Iterator[tuple[int, Way]]:
    said = " ".join(words)
    if not words:
        return
    yield 1, _term(viewer, NAMES[:1], said)
    yield 2, _term(viewer, NAMES[1:], said)
    if len(words) > 1:
        yield 2, lambda most: _apart(viewer, words)[:most]


def _apart(viewer: Viewer, words: list[str]) -> QuerySet[Any, int]:
    """Names that have all the words, wherever they stand: of those that have the longest, those that have the others."""
    longest = max(words, key=len)
    first = _terms(viewer, NAMES, longest)[:PROBED]
    rows = visible(viewer, Customer.objects.filter(pk__in=first))
    for word in words:
        if word != longest:
            rows = rows.filter(search_name__contains=word)
    return rows.order_by("pk").values_list("pk", flat=True)


def _by_beginning(viewer: Viewer, text: str, code: str) -> Iterator[tuple[int, Way]]:
    """Codes, invoice numbers and phones of which a part was said."""
    digits = terms.digits_of(text)
    if len(digits) >= terms.PART and not any(letter.isalpha() for letter in text):
        yield 2, _term(viewer, (SearchTerm.Kind.PHONE,), digits)
    if len(code) > LEAST and any(letter.isdigit() for letter in code):
        yield 2, _way(_customers, viewer, text, how="number__begins")
        yield 2, _way(_customers, viewer, code, how="tax_code__begins")
        yield 2, _way(_customers, viewer, code, how="vat__begins")
        yield 2, _way(_customers, viewer, f"IT{code}", how="vat__begins")
        yield 2, _way(_owners, viewer, text, model=Invoice, how="number__begins")


def _by_slip(viewer: Viewer, words: list[str]) -> Iterator[tuple[int, Way]]:
    """Names of which the words said are one slip away, each."""
    if not any(map(terms.can_be_near, words)):
        return
    said = " ".join(words)
    near = [_near(viewer, word) for word in words]
    ways = [way for way in terms.readings(near) if way != said]
    if ways:
        # Each a range of the index by itself: of ranges joined by OR the database walks all that lies between.
        first, *others = (_beginning(viewer, way) for way in ways)
        rows = first.union(*others, all=True) if others else first
        yield 3, lambda most: rows[:most]


def _beginning(viewer: Viewer, said: str) -> QuerySet[Any, int]:
    return _begun(viewer, said, kinds=NAMES)


def _near(viewer: Viewer, word: str) -> list[str]:
    """The word, and those of the viewer's customers' names that are one slip away."""
    if not terms.can_be_near(word):
        return [word]
    rows = asked(_spelt, viewer, sorted(terms.spellings(word)))
    return [word, *sorted(other for other in set(rows) if other != word and terms.is_near(word, other))]


def _spelt(viewer: Viewer, spellings: list[str]) -> QuerySet[Any]:
    return visible(viewer, NearWord.objects.filter(spelling__in=spellings)).values_list("word", flat=True)


def _terms(viewer: Viewer, kinds: tuple[str, ...], said: str) -> QuerySet[Any, int]:
    """Customers with a term that begins so; a very short text means the whole word only."""
    said = said[: terms.LONGEST]
    return _begun(viewer, said, kinds=kinds) if len(said) >= LEAST else _whole(viewer, said, f"{said} ", kinds=kinds)


def _term(viewer: Viewer, kinds: tuple[str, ...], said: str) -> Way:
    """The same as a way."""
    said = said[: terms.LONGEST]
    if len(said) >= LEAST:
        return _way(_begun, viewer, said, kinds=kinds)
    return _way(_whole, viewer, said, f"{said} ", kinds=kinds)


def _begun(viewer: Viewer, said: str, *, kinds: tuple[str, ...]) -> QuerySet[Any, int]:
    rows = visible(viewer, SearchTerm.objects.filter(term__begins=said, kind__in=kinds))
    return rows.order_by().values_list("customer_id", flat=True)


def _whole(viewer: Viewer, said: str, with_more: str, *, kinds: tuple[str, ...]) -> QuerySet[Any, int]:
    means = Q(term=said) | Q(term__begins=with_more)
    rows = visible(viewer, SearchTerm.objects.filter(means, kind__in=kinds))
    return rows.order_by().values_list("customer_id", flat=True)


def _numbered(viewer: Viewer, text: str, upper: str, lower: str) -> QuerySet[Any, int]:
    rows = visible(viewer, Customer.objects.filter(number__in=[text, upper, lower]))
    return rows.order_by().values_list("pk", flat=True)


def _taxed(viewer: Viewer, code: str, with_country: str) -> QuerySet[Any, int]:
    rows = visible(viewer, Customer.objects.filter(vat__in=[code, with_country]))
    return rows.order_by().values_list("pk", flat=True)


def _customers(viewer: Viewer, said: str, *, how: str) -> QuerySet[Any, int]:
    return visible(viewer, Customer.objects.filter(**{how: said})).order_by().values_list("pk", flat=True)


def _owners(viewer: Viewer, said: str, *, model: Any, how: str) -> QuerySet[Any, int]:
    return visible(viewer, model.objects.filter(**{how: said})).order_by().values_list("customer_id", flat=True)


def _points(viewer: Viewer, said: str, *, how: str) -> QuerySet[Any, int]:
    rows = visible(viewer, ContactPoint.objects.filter(**{how: said}, channel__in=MAILBOXES))
    return rows.order_by().values_list("customer_id", flat=True)


def fold(text: str) -> str:
    """Lower case without accents and with single spaces: how names are kept for search. `Niccolò  D'Aù` ->
    `niccolo d'au`."""
    return search_name(text)
