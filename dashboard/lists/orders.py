"""By what the rows of a list are sorted. Every order ends in the primary key and holds no NULL."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Func, Model, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from common import reading
from common.rules import text_problem

# OFFSET keeps the planner from looking into the statement.
_SORT = "SELECT {columns} FROM ({statement} OFFSET 0) AS found ORDER BY {order} LIMIT %s OFFSET %s"
_MOST_INTEGER = 2**31  # of the smallest column that lists are sorted by


class CursorError(ValueError):
    """A cursor that this list did not give, or gave for another order."""


@dataclass(frozen=True)
class Order:
    """One order: the columns by which rows are sorted, all in one direction, the last one the primary key."""

    name: str
    columns: tuple[str, ...]
    is_descending: bool = False

    def by(self, *, backwards: bool = False) -> list[OrderBy]:
        """Return what order_by() takes."""
        descending = self.is_descending != backwards
        return [F(column).desc() if descending else F(column).asc() for column in self.columns]

    def by_sorting(self, *, backwards: bool = False) -> list[OrderBy]:
        """Return the same for order_by() in a form that no index has: a few known rows are to be sorted.

        Otherwise the planner may rather walk through the whole list in its order, in hope to meet them soon.
        """
        descending = self.is_descending != backwards
        hidden = Coalesce(F(self.columns[0]), F(self.columns[0]))
        return [hidden.desc() if descending else hidden.asc(), *self.by(backwards=backwards)[1:]]

    def after(self, values: Sequence[Any]) -> GreaterThan | LessThan:
        """Return the condition for the rows behind the one with these values of the columns."""
        beyond = LessThan if self.is_descending else GreaterThan
        return beyond(_row([F(column) for column in self.columns]), _row([Value(value) for value in values]))

    def cursor(self, values: Sequence[Any]) -> str:
        """Return an opaque text for the position of the row with these values."""
        plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
        text = json.dumps([self.alias, *plain], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def position(self, cursor: str, model: type[Model]) -> list[Any]:
        """Return the values that a cursor holds. CursorError: it is not one of this order."""
        try:
            padded = cursor.encode() + b"=" * (-len(cursor) % 4)
            alias, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            position = [_read(model, *pair) for pair in zip(self.columns, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
            raise CursorError("is not one that this list gave") from error
        if alias != self.alias:
            raise CursorError(f"belongs to the order {alias!r}")
        return position

    @property
    def alias(self) -> str:
        """How the query string names it: -name for descending."""
        return f"-{self.name}" if self.is_descending else self.name


@dataclass(frozen=True)
class Reading:
    """How far a list is read: its first rows, those behind a position, or its last ones, backwards."""

    order: Order
    most: int
    position: list[Any] | None = None
    is_backwards: bool = False

    @property
    def is_descending(self) -> bool:
        """Whether it goes from the greatest row to the least."""
        return self.order.is_descending != self.is_backwards

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return rows in that order, from the position on."""
        return self.behind(rows).order_by(*self.order.by(backwards=self.is_backwards))

    def of_few(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return a few rows that are known by their primary keys likewise."""
        return self.behind(rows).order_by(*self.order.by_sorting(backwards=self.is_backwards))

    def found(self, rows: QuerySet[Any], *, begin: int) -> list[tuple[Any, ...]]:
        """Return the first rows of a reading without those before `begin`, as the values of the order's columns."""
        return list(rows.values_list(*self.order.columns)[begin : self.most])

    def sort(self, statement: str, values: Sequence[Any], *, begin: int) -> list[tuple[Any, ...]]:
        """Return the same of a SELECT of these columns, of which all rows are found before they are sorted.

        Else the planner may sort the whole list, in hope that rows that match come soon.
        """
        direction = "DESC" if self.is_descending else "ASC"
        order = ", ".join(f'"{column}" {direction}' for column in self.order.columns)
        columns = ", ".join(f'"{column}"' for column in self.order.columns)
        with reading.db().cursor() as cursor:
            sort = _SORT.format(columns=columns, statement=statement, order=order)
            cursor.execute(sort, [*values, self.most - begin, begin])
            return list(cursor.fetchall())

    def behind(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows behind the position, in any order."""
        return rows if self.position is None else rows.filter(self.order.after(self.position))


def _row(parts: Sequence[Any]) -> Func:
    return Func(*parts, function="ROW", output_field=Field())


def _read(model: type[Model], column: str, value: Any) -> Any:  # noqa: ANN401 (a value of any kind)
    if not isinstance(value, str | int) or text_problem(str(value), max_length=len(str(value))):
        raise ValueError("no column holds this")
    field = _field(model, column)
    field = getattr(field, "output_field", field) if field.generated else field
    read = field.to_python(value)
    if isinstance(read, int) and not -_MOST_INTEGER <= read < _MOST_INTEGER:
        raise ValueError("no column holds so large a number")
    return read


def _field(model: type[Model], column: str) -> Any:  # noqa: ANN401 (a field of any kind)
    *path, name = column.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment] # noqa: SLF001 (Django's API)
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # noqa: SLF001 (Django's API)
