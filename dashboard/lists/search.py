"""Searching by a part of a name: a probe of the index of trigrams says whether there are few hits or many."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

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


def connections(texts: Iterable[str], *, besides: Q | None = None) -> Found:
    """Find connections as their consumers are found, by a part of their own name, or by their very key.

    `besides` is what is found, too.
    """
    texts = list(texts)
    exact = [*_of(key__in=texts), *_of(consumer__in=Consumer.objects.filter(consumerid__in=texts))]
    return _found(ConnectionSearch.objects.all(), texts, exact, "pk", besides)


def activations(texts: Iterable[str]) -> Found:
    """Find activations as their consumers are found."""
    return consumers(texts, column="consumer__id")


def _of(**condition: object) -> QuerySet[Connection, int]:
    # Two queries: joined by OR, no index would answer them.
    return Connection.objects.filter(**condition).order_by().values_list("pk", flat=True)


def _found(rows: QuerySet[Any], texts: list[str], exact: list[int], column: str, besides: Q | None = None) -> Found:
    keys = _keys(texts)
    beyond = besides or Q()
    if not keys:
        return Found(Q(**{f"{column}__any_of": exact}) | beyond, is_many=False)
    matching = rows.filter(search_key__holds=keys).values_list("pk", flat=True)
    if all(len(key) >= _TRIGRAM for key in keys):
        hits = list(matching[: FEW + 1])
        if len(hits) <= FEW:
            return Found(Q(**{f"{column}__any_of": hits + exact}) | beyond, is_many=False)
    if not exact and not besides:
        return Found(Q(**{f"{column}__in": matching}), is_many=True)
    # Joined by OR the hits can not be joined as a table; each row is asked for by itself, in the order of the list.
    is_hit = Q(Exists(rows.filter(pk=OuterRef(column), search_key__holds=keys)))
    return Found(is_hit | Q(**{f"{column}__any_of": exact}) | beyond, is_many=True)


def _keys(texts: Iterable[str]) -> list[str]:
    """Return the keys of what was searched for; what has none, such as a lone accent, finds nothing."""
    return [key for key in map(search_key, texts) if key]
