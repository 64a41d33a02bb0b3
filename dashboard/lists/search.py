"""Searching by a part of a name: a probe of the index of trigrams says whether there are few hits or many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from common.text import search_key
from connections.models import Connection, ConnectionSearch
from consumers.models import Consumer, ConsumerSearch
from dashboard.lists.filters import FEW

_TRIGRAM = 3  # characters; with fewer an index of trigrams finds nothing


@dataclass(frozen=True)
class Found:
    """What a search asks of rows; `is_many` when there are more hits than it is fast to name."""

    condition: Q
    is_many: bool


def consumers(texts: Iterable[str], *, column: str = "pk") -> Found:
    """Find consumers by a part of name, e-mail or internal reference, or by their very consumerid.

    `column` is where the rows hold the primary key of their consumer.
    """
    texts = list(texts)
    exact = list(Consumer.objects.filter(consumerid__in=texts).values_list("pk", flat=True))
    return _found(ConsumerSearch.objects.all(), texts, exact, column)


def connections(texts: Iterable[str]) -> Found:
    """Find connections as their consumers are found, by a part of their own name, or by their very key."""
    texts = list(texts)
    exact = [*_of(key__in=texts), *_of(consumer__in=Consumer.objects.filter(consumerid__in=texts))]
    return _found(ConnectionSearch.objects.all(), texts, exact, "pk")


def activations(texts: Iterable[str]) -> Found:
    """Find activations as their consumers are found."""
    return consumers(texts, column="consumer__id")


def _of(**condition: object) -> QuerySet[Connection, int]:
    # Two queries: joined by OR, no index would answer them.
    return Connection.objects.filter(**condition).order_by().values_list("pk", flat=True)


def _found(rows: QuerySet[Any], texts: list[str], exact: list[int], column: str) -> Found:
    keys = _keys(texts)
    if not keys:
        return Found(Q(**{f"{column}__any_of": exact}), is_many=False)
    matching = rows.filter(search_key__holds=keys).values_list("pk", flat=True)
    if all(len(key) >= _TRIGRAM for key in keys):
        hits = list(matching[: FEW + 1])
        if len(hits) <= FEW:
            return Found(Q(**{f"{column}__any_of": hits + exact}), is_many=False)
    condition = Q(**{f"{column}__in": matching})
    return Found(condition | Q(**{f"{column}__any_of": exact}) if exact else condition, is_many=True)


def _keys(texts: Iterable[str]) -> list[str]:
    """Return the keys of what was searched for; what has none, such as a lone accent, finds nothing."""
    return [key for key in map(search_key, texts) if key]
