"""What the lists ask of the database: any mix of filters, order and search, and pages far from the first one."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import combinations, product
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from benchmarks import data
from benchmarks.databases import second, used
from benchmarks.measure import ROUNDS, Figure, figure, joined, quantile95, sql_seconds, worst
from dashboard.lists.activations import ActivationList
from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList
from dashboard.lists.filters import PAGE, ListFilters
from dashboard.lists.listing import Listing
from dashboard.lists.selection import Selection

_TRIES = 2  # of each question, to find the slowest ones; the best of them counts
_FINALISTS = 2
_REPORTED = 1_000_000  # consumers

Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """A list with values of its filters, orders that indexes hold, and what people search for in it."""

    listing: Listing
    filters: Values
    orders: tuple[str, ...]
    searches: tuple[str, ...] = ("hotel", "lemaire 10", "rossi 77", "of nobody", "55")

    def asked(self, query: str) -> ListFilters:
        """Return what a query string asks for. RuntimeError: something impossible."""
        filters = self.listing.asked(QueryDict(query))
        if filters.problems:
            raise RuntimeError(f"{query}: {filters.problems}")
        return filters

    def read(self, query: str) -> None:
        """Find, count and load the rows of a page."""
        selection = Selection(self.asked(query), counts=True)
        keys = selection.page(selection.filters.page_number, PAGE)
        self.listing.records(keys)
        if selection.total.count and not keys:
            raise RuntimeError(f"{query}: an empty page")

    def read_on(self, query: str) -> None:
        """Find and load the rows behind a position, as programs do."""
        filters = self.asked(query)
        keys, _ = Selection(filters).after(filters.position, PAGE)
        if not self.listing.records(keys):
            raise RuntimeError(f"{query}: an empty page")

    def questions(self, *, is_searched: bool, most: int) -> list[str]:
        """Return query strings: no filter, each one and each two together, in every order, each with every search.

        When they are more than `most`, so many of them by chance, the same ones in every run.
        """
        mixes = [mix for count in range(3) for mix in combinations(self.filters, count)]
        mixes = [mix for mix in mixes if len({name for name, _ in mix}) == len(mix)]
        searches = [(("q", text),) for text in self.searches] if is_searched else [()]
        orders = [(("sort", sign + name),) for name in self.orders for sign in ("", "-")]
        found = [urlencode(mix + search + order) for mix, search, order in product(mixes, searches, orders)]
        return found if len(found) <= most else random.Random(7).sample(found, most)


_WHERE: Values = (
    ("connector", "connector-1"),
    ("connector", "connector-37"),
    ("unified_api", "API 2"),
    ("status", "failed"),
    ("status", "pending"),
)
CONSUMERS = Bench(
    ConsumerList(),
    (
        *_WHERE,
        ("status", "active"),
        ("active", "true"),
        ("active", "false"),
        ("issue", "connection_failed"),
        ("issue", "connection_pending"),
        ("issue", "none"),
        ("created_from", (timezone.localdate() - timedelta(days=3)).isoformat()),
        ("sync", "sync-1"),
        ("step", "mappings"),
    ),
    ("name", "connections", "issue", "created_at", "consumerid"),
)
CONNECTIONS = Bench(
    ConnectionList(),
    (*_WHERE, ("status", "active"), ("flow", "source"), ("flow", "destination"), ("tracked", "true")),
    ("name", "consumer", "status", "flow", "tracked", "changed_at"),
)
ACTIVATIONS = Bench(
    ActivationList(),
    (
        *_WHERE[:3],
        ("sync", "sync-1"),
        ("sync", "sync-4"),
        ("step", "mappings"),
        ("step", "connections"),
        ("status", "active"),
        ("status", "disabled"),
        ("issue", "connection_failed"),
        ("issue", "none"),
        ("with_issue", "true"),
        ("reached", "configuration"),
        ("active", "false"),
    ),
    ("name", "sync", "step", "issue", "opened_at", "activated_at"),
)
BENCHES = (CONSUMERS, CONNECTIONS, ACTIVATIONS)


def list_sql(scale: data.Scale) -> Figure:
    """Worst SQL p95 over filters, orders and searches / SQL p95 of the page as it opens."""
    figures = [_slowest(bench, scale, is_searched=searched) for searched in (False, True) for bench in BENCHES]
    figures.sort(key=lambda one: one.ratio, reverse=True)
    if scale is not data.SMALL:
        few = replace(scale, questions=scale.questions // 10)
        with second() as database, used(database):
            data.consumers(_REPORTED)
            figures += [_slowest(CONSUMERS, few, is_searched=searched) for searched in (False, True)]
    return joined(figures)


def deep_page(scale: data.Scale) -> Figure:
    """SQL of the deepest page / SQL of the first page; by key, and in the note by number."""
    by_key = [figure for bench in BENCHES for figure in _deep_by_key(bench, scale.laps)]
    by_number = [figure for bench in BENCHES for figure in _deep_by_number(bench, scale.laps)]
    return joined([worst(by_key), worst(by_number)])


def _slowest(bench: Bench, scale: data.Scale, *, is_searched: bool) -> Figure:
    """Find the slowest questions by a few tries each, then take the greatest of their 95th percentiles."""
    asked = bench.questions(is_searched=is_searched, most=scale.questions)
    best = {query: min(sql_seconds(partial(bench.read, query)) for _ in range(_TRIES)) for query in asked}
    finalists = sorted(asked, key=best.__getitem__)[-_FINALISTS:]
    ratios: list[float] = []
    slowest: list[tuple[float, str]] = []
    for _ in range(ROUNDS):
        plain = _p95(bench, "", scale.samples)
        slowest.append(max((_p95(bench, query, scale.samples), query) for query in finalists))
        ratios.append(slowest[-1][0] / plain)
    seconds, query = statistics.median_low(slowest)
    goal, what = ("< 20 ms", "searched") if is_searched else ("< 10 ms", "not searched")
    about = f"{bench.listing.everything():,} {bench.listing.noun}s, {what}, of {len(asked):,} questions"
    return figure("list_sql", ratios, goal=goal, note=f"{about}: {1_000 * seconds:.1f} ms ?{query}")


def _p95(bench: Bench, query: str, samples: int) -> float:
    return quantile95([sql_seconds(partial(bench.read, query)) for _ in range(samples)])


def _deep_by_key(bench: Bench, laps: int) -> Iterator[Figure]:
    for order in bench.orders:
        filters = bench.asked(f"sort={order}")
        last = Selection(filters).rows.reverse().values_list(*filters.order.columns)[PAGE]
        deep = urlencode({"sort": order, "cursor": filters.order.cursor(last)})
        yield _deep(
            bench.read_on, f"sort={order}", deep, laps, goal="≤ 3", note=f"by key: {bench.listing.noun}s by {order}"
        )


def _deep_by_number(bench: Bench, laps: int) -> Iterator[Figure]:
    # The second half is read from its end, so the middle is as far as the last page is in other programs.
    pages = bench.listing.everything() // PAGE
    for order, page in product(bench.orders, (pages // 2, pages)):
        note = f"by number: page {page:,} of {bench.listing.noun}s by {order}"
        yield _deep(bench.read, f"sort={order}", f"sort={order}&page={page}", laps, goal="≤ 30", note=note)


def _deep(read: Callable[[str], object], first: str, deep: str, laps: int, *, goal: str, note: str) -> Figure:
    """Time the SQL of a deep page and of the first one in turn."""
    ratios = []
    for _ in range(ROUNDS):
        pairs = [(sql_seconds(partial(read, deep)), sql_seconds(partial(read, first))) for _ in range(laps)]
        ratios.append(statistics.median(above for above, _ in pairs) / statistics.median(below for _, below in pairs))
    return figure("deep_page", ratios, goal=goal, note=note)
