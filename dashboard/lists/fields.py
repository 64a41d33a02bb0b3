"""Columns of a CSV and keys of the API: each an expression of the database, once as text and once as a value."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Expression, F, Func, TextField, Value
from django.db.models.functions import Cast, NullIf


class Harmless(Func):
    """A text that no spreadsheet takes for a formula; an empty one becomes an empty cell."""

    template = "(SELECT CASE WHEN left(t, 1) IN ('=', '+', '-', '@', E'\\t', E'\\r') THEN '''' || t ELSE t END"
    template += " FROM NULLIF(%(expressions)s, '') AS t)"
    output_field = TextField()


class Iso(Func):
    """A time in UTC as ISO 8601, with a fraction of a second only where there is one; as common.times.iso writes it."""

    template = (
        "(SELECT to_char(t, CASE WHEN date_trunc('second', t) = t THEN 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'"
        " ELSE 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"' END) FROM (SELECT %(expressions)s AT TIME ZONE 'UTC') AS _ (t))"
    )
    output_field = TextField()


@dataclass(frozen=True)
class Column:
    """One column. `text` is its cell of the CSV, `value` what the API gives; both are safe to send as they come."""

    key: str
    text: Any
    value: Any


def text(key: str, column: str | Expression) -> Column:
    """A text."""
    return Column(key, Harmless(_expression(column)), _expression(column))


def number(key: str, column: str) -> Column:
    """A whole number."""
    return Column(key, F(column), F(column))


def moment(key: str, column: str) -> Column:
    """A time."""
    return Column(key, Iso(F(column)), F(column))


def flag(key: str, column: str) -> Column:
    """True or false."""
    return Column(key, Cast(F(column), TextField()), F(column))


def either(key: str, *, as_text: Expression, value: Expression) -> Column:
    """A text that programs get in another form."""
    return Column(key, Harmless(as_text), value)


def nothing_if_empty(column: str) -> NullIf:
    """An empty text as null."""
    return NullIf(F(column), Value(""))


def _expression(column: str | Expression) -> Any:  # noqa: ANN401 (F is no Expression)
    return F(column) if isinstance(column, str) else column
