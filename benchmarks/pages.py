"""What the pages cost: in the database, and in requests a second beside a page that does nothing."""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from django.http import QueryDict
from django.utils import timezone

from benchmarks import data
from benchmarks.databases import second, used
from benchmarks.measure import ROUNDS, Figure, figure, joined, quantile95, seconds, sql_seconds
from benchmarks.web import Visitor, web_server
from common.snapshots import one_snapshot
from connections.models import Connection
from dashboard.pages import flows

_WORKERS = 2
_AT_ONCE = 2 * _WORKERS  # visitors, so that no worker ever waits for one
_REQUESTS = 15  # a lap
_SMALLER = 100  # how many times fewer connections the smaller data set has
_FEWER = 1_000  # how many times fewer events


def flows_page(scale: data.Scale) -> Figure:
    """SQL p95 of the data flows page / the same with a hundredth of the connections and a thousandth of the events."""
    with second() as small:
        with used(small):
            data.consumers(scale.consumers // _SMALLER)
            data.events(scale.events // _FEWER, connections=scale.connections // _SMALLER)
        above: dict[str, list[float]] = {kind: [] for kind in _flows()}
        below: dict[str, list[float]] = {kind: [] for kind in above}
        for place in range(ROUNDS + 1):
            # The first round only warms up.
            samples = scale.samples if place else scale.laps
            _time_flows(above, samples)
            with used(small):
                _time_flows(below, samples)
    figures = [_flows_figure(kind, above[kind][1:], below[kind][1:]) for kind in above]
    return joined(sorted(figures, key=lambda one: -one.ratio))


def list_page(scale: data.Scale) -> Figure:
    """Requests a second of the consumer list / of a signed-in page that says hello."""
    return _beside_hello("list_page", "/consumers/", scale.laps, goal="≥ 0.10")


def overview_page(scale: data.Scale) -> Figure:
    """Requests a second of the overview / of a signed-in page that says hello."""
    return _beside_hello("overview_page", "/", scale.laps, goal="≥ 0.15")


def _beside_hello(name: str, path: str, laps: int, *, goal: str) -> Figure:
    visitor, ratios, rates = Visitor(), [], []
    requests = _REQUESTS * laps
    with web_server(workers=_WORKERS):
        for _ in range(ROUNDS + 1):
            rates.append(_rate(visitor, path, requests))
            ratios.append(rates[-1] / _rate(visitor, "/hello/", 5 * requests))
    return figure(name, ratios[1:], goal=goal, note=f"{statistics.median(rates[1:]):.0f} requests a second")


def _rate(visitor: Visitor, path: str, requests: int) -> float:
    """Return requests a second, asked for by some visitors at once."""
    with ThreadPoolExecutor(_AT_ONCE) as visitors:
        return requests / seconds(lambda: list(visitors.map(visitor.get, [path] * requests)))


def _flows() -> dict[str, str]:
    """Return the kinds of pages of data flows with the query string of each."""
    key = Connection.objects.filter(flow="source", is_tracked=True).order_by("pk").values_list("key", flat=True)[0]
    week = timezone.localdate() - timedelta(days=5)
    return {
        "as it opens": "",
        "one connection": f"source={key}&errors={key}",
        "a week before": f"end={week}",
        "more cards": "page=17",
        "cards found": "find=hotel+nord",
        "cards of a letter": "find=e",
    }


def _time_flows(taken: dict[str, list[float]], samples: int) -> None:
    """Add the 95th percentile of the SQL of each kind of page, in seconds."""
    for kind, query in _flows().items():
        taken[kind].append(quantile95([sql_seconds(partial(_read_flows, query)) for _ in range(samples)]))


def _read_flows(query: str) -> None:
    now = timezone.now()
    choice, window = flows.read_choice(QueryDict(query), now=now)
    with one_snapshot():
        flows.read_page(choice, window, now=now)


def _flows_figure(kind: str, above: list[float], below: list[float]) -> Figure:
    ratios = [large / small for large, small in zip(above, below, strict=True)]
    note = f"{kind}: {1_000 * statistics.median(above):.1f} ms, goal < 15 ms"
    return figure("flows_page", ratios, goal="≤ 1.5", note=note)
