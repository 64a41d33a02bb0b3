"""What a list is. Its page, its CSV and its API are made of this alone (dashboard/lists/views.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from common import times
from dashboard.lists.bar import Chip, Choices
from dashboard.lists.fields import Field
from dashboard.lists.filters import ListFilters
from dashboard.lists.tables import ListTable


@dataclass(frozen=True)
class Action:
    """A button above the rows, for those who may press it."""

    text: str
    url: str
    icon: str


class Listing:
    """One list, declared: the names of its addresses, its filters, columns and words."""

    title: ClassVar[str]
    noun: ClassVar[str]  # consumer; the plural takes an s
    page: ClassVar[str]  # names of addresses
    export: ClassVar[str]
    filename: ClassVar[str]
    template: ClassVar[str]
    placeholder: ClassVar[str]  # of the search field
    filters: ClassVar[type[ListFilters]]
    fields: ClassVar[Sequence[Field]]

    def all_rows(self) -> QuerySet[Any]:
        """Return the rows without filters."""
        raise NotImplementedError

    def everything(self) -> int:
        """Return how many rows there are without filters."""
        raise NotImplementedError

    def table(self, keys: list[int], filters: ListFilters, request: HttpRequest) -> ListTable:
        """Return the rows with these primary keys, in that order, as a table."""
        raise NotImplementedError

    def choices(self, filters: ListFilters) -> list[Choices]:
        """Return what the filter bar offers."""
        raise NotImplementedError

    def chips(self, filters: ListFilters, choices: list[Choices]) -> list[Chip]:
        """Return the filters that are set, each with the way to remove it."""
        raise NotImplementedError

    def actions(self, filters: ListFilters, request: HttpRequest) -> list[Action]:  # noqa: ARG002 (a hook)
        """Return more buttons for this user."""
        return []

    def asked(self, data: QueryDict) -> ListFilters:
        """Read a query string."""
        return self.filters(data, self.all_rows())

    def records(self, keys: list[int]) -> list[dict[str, Any]]:
        """Return the rows with these primary keys, in that order, as the API gives them; one query."""
        named = {field.alias: field.value for field in self.fields}
        rows = self.all_rows().filter(pk__any_of=keys).annotate(**named)
        found = {row[0]: row[1:] for row in rows.order_by().values_list("pk", *named)}
        names = [field.key for field in self.fields]
        return [dict(zip(names, map(_plain, found[key]), strict=True)) for key in keys if key in found]


def _plain(value: Any) -> Any:  # noqa: ANN401 (a value of any column)
    return times.iso(value) if hasattr(value, "isoformat") else value
