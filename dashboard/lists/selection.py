"""How the rows of a query string are found.

A probe asks for the first matching rows in any order, which an index of the filters answers. When they are few, they
are sorted. When they are many, the list is read in its order, from an index of that order, until a page is full. So
neither a rare nor a frequent value makes the database read much, and nobody has to guess how filters go together.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from dashboard.lists.filters import ListFilters
from dashboard.lists.orders import Reading

_FEW = 2_000
_NEAR = 5_000
COUNTED = 10_000


@dataclass(frozen=True)
class Total:
    """How many rows there are; when not exact, at least that many."""

    count: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.count:,}" if self.is_exact else f"{self.count:,}+"


class Selection:
    """The rows that filters without problems leave, in the order that was asked for."""

    def __init__(self, filters: ListFilters) -> None:
        self.filters = filters
        self.order = filters.order

    @cached_property
    def _matching(self) -> QuerySet[Any]:
        return self.filters.qs.order_by()

    @cached_property
    def _few(self) -> list[int] | None:
        matching = self._matching
        if not self.filters.is_narrowed or self.filters.is_many:
            return None
        found = list(matching.values_list("pk", flat=True)[: _FEW + 1])
        return found if len(found) <= _FEW else None

    @cached_property
    def _rows(self) -> QuerySet[Any]:
        if self._few is not None:
            return self.filters.queryset.filter(pk__any_of=self._few)
        return self.filters.in_order(self._matching)

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows in order."""
        return self._rows.order_by(*self.order.by())

    @cached_property
    def total(self) -> Total:
        """How many rows there are; exact where a counter knows it or they are not more than it is fast to count."""
        exact = self.filters.total()
        if exact is not None:
            return Total(exact, is_exact=True)
        if self._few is not None:
            return Total(len(self._few), is_exact=True)
        counted = self._matching.values("pk")[: COUNTED + 1].count()
        return Total(min(counted, COUNTED), is_exact=counted <= COUNTED)

    def page(self, number: int, size: int) -> list[int]:
        """Return the primary keys of one page. The second half of a known total is read from its end."""
        start = (number - 1) * size
        total = self.total
        if total.is_exact and start >= total.count:
            return []
        if total.is_exact and start > total.count // 2:
            end = max(total.count - start - size, 0)
            rows = self._ordered(total.count - start, backwards=True).values_list("pk", flat=True)
            return list(rows[end : total.count - start])[::-1]
        return list(self._ordered(start + size).values_list("pk", flat=True)[start : start + size])

    def after(self, position: list[Any] | None, size: int, *, skip: int = 0) -> tuple[list[int], str]:
        """Return the primary keys of the rows behind a position, and the cursor behind them; empty at the end."""
        rows = self._ordered(skip + size + 1, position=position)
        found = list(rows.values_list(*self.order.columns)[skip : skip + size + 1])
        shown = found[:size]
        return [row[-1] for row in shown], self.order.cursor(shown[-1]) if len(found) > size else ""

    def _ordered(self, most: int, *, position: list[Any] | None = None, backwards: bool = False) -> QuerySet[Any]:
        """Return rows of which the first `most` are those of the list behind a position, or of the list backwards."""
        reading = Reading(self.order, most, position, is_backwards=backwards)
        known = self.filters.candidates(reading) if self._few is None else self._few
        if known is None and self.filters.has_many_hits:
            known = self._near(reading)
            if known is None:
                return reading.of_few(self._matching)
        if known is None:
            return reading.of(self._rows)
        return reading.of_few(self.filters.queryset.filter(pk__any_of=known))

    def _near(self, reading: Reading) -> list[int] | None:
        """Return the rows of a reading when they are near its beginning, as hits of a frequent word mostly are.

        But they may be anywhere: whoever is called Zebra stands at the end of the names.
        """
        if self.total.is_exact:
            return None
        begin = reading.of(self.filters.queryset).values("pk")[:_NEAR]
        found = list(self._matching.filter(pk__in=begin).values_list("pk", flat=True))
        return found if len(found) >= reading.most else None
