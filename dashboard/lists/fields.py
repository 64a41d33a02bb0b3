"""Columns of a CSV and keys of the API: each an expression of the database, once as text and once as a value."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Expression, F, Subquery, TextField
from django.db.models.functions import Cast

from common import csv
from common.csv import Kind


@dataclass(frozen=True)
class Field:
    """One column. `text` is its cell of the CSV, `value` what the API gives."""

    key: str
    text: Any
    value: Any
    kind: Kind = Kind.TEXT

    @property
    def alias(self) -> str:
        """How queries name it: other than any column of a table."""
        return f"field_{self.key}"

    @property
    def column(self) -> csv.Column:
        """It as a column of the CSV."""
        return csv.Column(self.key, of=self.alias, kind=self.kind)


def text(key: str, column: str) -> Field:
    """A text."""
    return Field(key, F(column), F(column))


def number(key: str, column: str) -> Field:
    """A whole number."""
    return Field(key, F(column), F(column), Kind.PLAIN)


def moment(key: str, column: str) -> Field:
    """A time."""
    return Field(key, F(column), F(column), Kind.TIME)


def flag(key: str, column: str) -> Field:
    """True or false."""
    return Field(key, Cast(F(column), TextField()), F(column))


def either(key: str, *, as_text: Expression, value: Expression | Subquery) -> Field:
    """A text that programs get in another form."""
    return Field(key, as_text, value)
