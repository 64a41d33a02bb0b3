"""Choosing one tracked connection: a list of all while they are few, a search beyond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from common.text import search_key
from connections.models import Connection, Connector
from dashboard.lists import search

# So many fit a list that people still read.
MOST_OPTIONS = 100
_MOST_RESULTS = 20
# So many are named one by one, as cards and counts ask for them again; what finds more is asked each time.
_MOST_NAMED = 10_000


@dataclass(frozen=True, slots=True)
class Option:
    """One connection to choose: its consumer and connector in words; equal ones are told apart by `note`."""

    key: str
    flow: str
    label: str
    note: str
    sort: tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search in a picker found; `is_cut`: there is more."""

    text: str
    options: tuple[Option, ...]
    is_cut: bool


def tracked_connections() -> QuerySet[Connection]:
    """Return those that count: tracked and live."""
    return Connection.objects.live().filter(is_tracked=True)


def options(flows: Collection[str]) -> list[Option]:
    """Read the tracked connections of some flows, which are few enough for a list, in name order. One query."""
    return sorted(map(_option, _values(tracked_connections().filter(flow__in=flows))), key=lambda option: option.sort)


def matching(text: str) -> QuerySet[Connection]:
    """Find tracked connections as their list finds them, and by a part of their connector's name."""
    if "\x00" in text:
        return Connection.objects.none()
    part = search_key(text)  # of a lone accent, for instance, nothing is left
    named = Connector.objects.filter(name_key__contains=part).values_list("pk", flat=True) if part else ()
    besides = Q(connector__id__any_of=list(named)) if named else None
    rows = tracked_connections().filter(search.connections([text], besides=besides).condition)
    some = list(rows.order_by().values_list("pk", flat=True)[: _MOST_NAMED + 1])
    return rows if len(some) > _MOST_NAMED else Connection.objects.filter(pk__any_of=some).order_by()


def find(text: str, flow: str) -> Found:
    """Search connections of one flow (empty: of any) by name order."""
    rows = matching(text).filter(flow=flow) if flow else matching(text)
    ordered = rows.order_by("consumer_name_key", "connector__name_key", "id")
    found = [_option(row) for row in _values(ordered)[: _MOST_RESULTS + 1]]
    return Found(text, tuple(distinct(found[:_MOST_RESULTS])), is_cut=len(found) > _MOST_RESULTS)


def distinct(found: Sequence[Option]) -> list[Option]:
    """Leave the notes only where two would read the same."""
    seen = Counter(option.label for option in found)
    return [option if seen[option.label] > 1 else replace(option, note="") for option in found]


def label_of(connection: Connection) -> str:
    """Return how a connection is called where its consumer does not stand beside it."""
    return f"{connection.consumer.name}, {connection.connector.name}"


_COLUMNS = ("id", "key", "flow", "name", "consumer__name", "consumer__name_key", "connector__name")


def _values(rows: QuerySet[Connection]) -> QuerySet[Connection, tuple[object, ...]]:
    return rows.values_list(*_COLUMNS)


def _option(row: tuple[object, ...]) -> Option:
    number, key, flow, name, consumer, consumer_key, connector = row
    return Option(
        key=str(key),
        flow=str(flow),
        label=f"{consumer}, {connector}",
        note=str(name or key),
        sort=(str(consumer_key), str(connector), int(str(number))),
    )
