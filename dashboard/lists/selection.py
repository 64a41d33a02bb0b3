"""How the rows of a query string are found.

A probe asks for the first matching rows in any order, which an index of the filters answers. When they are few, they
are sorted. When they are many, the list is read in its order, from an index of that order, until a page is full. So
neither a rare nor a frequent value makes the database read much, and nobody has to guess how filters go together.

Where filters know a shorter way to the first rows they say so (`first`). What a frequent word finds is looked for near
the beginning of the list, and when it is not there, found first and sorted then.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from common import reading
from dashboard.lists.filters import FEW, ListFilters
from dashboard.lists.orders import Reading

_NEAR = 5_000
COUNTED = 10_000

_PROBE = """
WITH found AS MATERIALIZED ({}) SELECT count(*), CASE WHEN count(*) <= %s THEN coalesce(array_agg(pk), '{{}}') END
FROM found
"""


@dataclass(frozen=True)
class Total:
    """How many rows there are; when not exact, at least that many."""

    count: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.count:,}" if self.is_exact else f"{self.count:,}+"


@dataclass(frozen=True)
class Probe:
    """How many rows match, as far as they were counted; `few` are their primary keys when they are few."""

    count: int
    few: list[int] | None


class Selection:
    """The rows that filters without problems leave, in the order that was asked for.

    `counts`: pages say how many there are; the API and the CSV do not ask.
    """

    def __init__(self, filters: ListFilters, *, counts: bool = False) -> None:
        self.filters = filters
        self.order = filters.order
        self._counts = counts

    @cached_property
    def _matching(self) -> QuerySet[Any]:
        return self.filters.qs.order_by()

    @cached_property
    def _known(self) -> int | None:
        return self.filters.total() if self._counts else None

    @cached_property
    def _probe(self) -> Probe:
        """Look at the first matching rows in any order, and count as many as it is fast to count; one query."""
        most = COUNTED if self._counts and self._known is None else FEW
        try:
            found, values = self._matching.values("pk")[: most + 1].query.sql_with_params()
        except EmptyResultSet:
            return Probe(0, [])
        with reading.db().cursor() as cursor:
            # To find the hits of a frequent word once more costs more than to name thousands of rows.
            cursor.execute(_PROBE.format(found), [*values, most if self.filters.has_many_hits else FEW])
            return Probe(*cursor.fetchone())

    @cached_property
    def _few(self) -> list[int] | None:
        if not self.filters.is_narrowed or (self._known or 0) > FEW:
            return None
        # Who knows better than a probe, or needs none for the total, does not ask.
        if self.filters.is_many and (self._known is not None or not self._counts):
            return None
        return self._probe.few

    @cached_property
    def _rows(self) -> QuerySet[Any]:
        if self._few is not None:
            return self.filters.queryset.filter(pk__any_of=self._few)
        return self._matching

    @property
    def rows(self) -> QuerySet[Any]:
        """All rows in order."""
        return self._rows.order_by(*self.order.by())

    @cached_property
    def total(self) -> Total:
        """How many rows there are; exact where a counter knows it or they are not more than it is fast to count."""
        if self._known is not None:
            return Total(self._known, is_exact=True)
        return Total(min(self._probe.count, COUNTED), is_exact=self._probe.count <= COUNTED)

    def page(self, number: int, size: int) -> list[int]:
        """Return the primary keys of one page. The second half of a known total is read from its end."""
        start = (number - 1) * size
        total = self.total
        if total.is_exact and start >= total.count:
            return []
        if total.is_exact and start > total.count // 2:
            backwards = Reading(self.order, total.count - start, is_backwards=True)
            return [row[-1] for row in self._read(backwards, begin=max(total.count - start - size, 0))][::-1]
        return [row[-1] for row in self._read(Reading(self.order, start + size), begin=start)]

    def after(self, position: list[Any] | None, size: int, *, skip: int = 0) -> tuple[list[int], str]:
        """Return the primary keys of the rows behind a position, and the cursor behind them; empty at the end."""
        found = self._read(Reading(self.order, skip + size + 1, position), begin=skip)
        shown = found[:size]
        return [row[-1] for row in shown], self.order.cursor(shown[-1]) if len(found) > size else ""

    def _read(self, reading: Reading, *, begin: int) -> list[tuple[Any, ...]]:
        """Return the rows of a reading without its first ones, as the values of the columns of the order.

        One statement says which they are, so a row that goes meanwhile does not look like the end of the list.
        """
        if self._few is not None:
            return reading.found(reading.of_few(self._rows), begin=begin)
        found = self.filters.first(reading, begin=begin)
        if found is None and self.filters.has_many_hits:
            found = self._near(reading, begin=begin)
            if found is None:
                matching = reading.behind(self._matching).values(*self.order.columns)
                return reading.sort(*matching.query.sql_with_params(), begin=begin)
        return reading.found(reading.of(self.filters.in_order(self._rows)), begin=begin) if found is None else found

    def _near(self, reading: Reading, *, begin: int) -> list[tuple[Any, ...]] | None:
        """Return the rows of a reading when they are near its beginning, as hits of a frequent word mostly are.

        But they may be anywhere: whoever is called Zebra stands at the end of the names.
        """
        if self._counts and self.total.is_exact:
            return None
        near = reading.of(self.filters.in_order(self.filters.queryset)).values("pk")[:_NEAR]
        found = reading.found(reading.of_few(self._matching.filter(pk__in=near)), begin=begin)
        return found if len(found) == reading.most - begin else None
