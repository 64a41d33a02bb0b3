"""Tables of lists: django-tables2 knows columns, heads and orders; the body is built as one string a row.

A stock body runs a template a cell, which costs more than everything else of a page together.
"""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.utils.safestring import SafeString
from django_tables2.data import TableListData

from dashboard.lists.cells import joined
from dashboard.lists.orders import Order


class Sorted(TableListData):
    """Rows that the database has sorted and cut."""

    def order_by(self, aliases: Any) -> None:  # noqa: ANN401 (django-tables2's)
        """Leave them as they are."""


class ListTable(tables.Table):
    """The columns of a list, named as in `sort`; a subclass says how a row looks."""

    class Meta:
        orderable = True

    def __init__(self, rows: Sequence[Any], order: Order) -> None:
        super().__init__(Sorted(list(rows)), order_by=order.alias)

    def row(self, row: Any) -> str:  # noqa: ANN401 (the row of the list)
        """Return one row, escaped."""
        raise NotImplementedError

    def body(self) -> SafeString:
        """Return all rows."""
        return joined([self.row(row) for row in self.data])


def column(head: str, *, orderable: bool = True, css: str = "", is_hidden: bool = False) -> tables.Column:
    """A column: its head, whether rows can be sorted by it, its class, whether only screen readers get the head."""
    return tables.Column(
        verbose_name=head,
        orderable=orderable,
        empty_values=(),
        attrs={"th": {"class": css}, "head": {"hidden": is_hidden}},
    )
