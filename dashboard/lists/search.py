"""Searching by a part of a name: a probe of the index of trigrams says whether there are few hits or many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from common.text import search_key
from connections.models import Connection, ConnectionSearch
from consumers.models import Consumer, ConsumerSearch

# Beyond so many hits a list is read in its order until a page is full. A consumer has several connections.
_MOST_CONSUMERS = 10_000
_MOST_CONNECTIONS = 2_000
_TRIGRAM = 3  # characters; with fewer an index of trigrams finds nothing


@dataclass(frozen=True)
class Found:
    """What a search asks of rows; `is_many` when there are more hits than it is fast to name."""

    condition: Q
    is_many: bool


def consumers(texts: Iterable[str]) -> Found:
    """Find consumers by a part of name, e-mail or internal reference, or by their very consumerid."""
    texts = list(texts)
    keys = _keys(texts)
    hits = _probe(ConsumerSearch.objects.all(), "search_key", keys, most=_MOST_CONSUMERS)
    if hits is None:
        return Found(Q(consumerid__in=texts) | Q(search_key__holds=keys), is_many=_have_trigrams(keys))
    exact = Consumer.objects.filter(consumerid__in=texts).values_list("pk", flat=True)
    return Found(Q(pk__any_of=[*hits, *exact]), is_many=False)


def connections(texts: Iterable[str]) -> Found:
    """Find connections as their consumers are found, by a part of their own name, or by their very key."""
    texts = list(texts)
    keys = _keys(texts)
    of_consumers = _probe(ConsumerSearch.objects.all(), "search_key", keys, most=_MOST_CONNECTIONS)
    own = _probe(ConnectionSearch.objects.all(), "name_key", keys, most=_MOST_CONNECTIONS)
    if of_consumers is None or own is None:
        parts = Q(name_key__holds=keys) | Q(consumer__search_key__holds=keys)
        return Found(Q(key__in=texts) | Q(consumer__consumerid__in=texts) | parts, is_many=_have_trigrams(keys))
    exact = list(Consumer.objects.filter(consumerid__in=texts).values_list("pk", flat=True))
    named = list(Connection.objects.filter(key__in=texts).values_list("pk", flat=True))
    return Found(Q(pk__any_of=own + named) | Q(consumer__id__any_of=of_consumers + exact), is_many=False)


def _keys(texts: Iterable[str]) -> list[str]:
    """Return the keys of what was searched for; what has none, such as a lone accent, finds nothing."""
    return [key for key in map(search_key, texts) if key]


def _have_trigrams(keys: list[str]) -> bool:
    return all(len(key) >= _TRIGRAM for key in keys)


def _probe(rows: QuerySet[Any], column: str, keys: list[str], *, most: int) -> list[int] | None:
    """Return the primary keys of all hits, None when they are many or no index can tell."""
    if not keys:
        return []
    if not _have_trigrams(keys):
        return None
    found = list(rows.filter(**{f"{column}__holds": keys}).values_list("pk", flat=True)[: most + 1])
    return found if len(found) <= most else None
