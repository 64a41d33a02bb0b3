"""Writes events: by COPY, each once, however many a batch holds. Nothing else writes any.

Runs in the caller's transaction, which shares the lock of the writers of events (common.locks.EVENTS).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import IntegrityError
from django.db import connection as db
from psycopg import errors, sql

from common import replica
from common.driver import driver_cursor

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of events: its name and the columns that are written, with their types; the first two are the key."""

    name: str
    types: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(name for name, _ in self.types)


_KEY = (("connection_id", "int8"), ("external_id", "varchar"))

ACTIVITY = Table(
    "connections_activityevent",
    (*_KEY, ("kind", "varchar"), ("count", "int8"), ("entity", "varchar"), ("occurred_at", "timestamptz")),
)
ERRORS = Table(
    "connections_errorevent",
    (
        *_KEY,
        ("category", "varchar"),
        ("message", "text"),
        ("code", "varchar"),
        ("operation", "varchar"),
        ("occurred_at", "timestamptz"),
        ("entity", "varchar"),
        ("product_identifier", "varchar"),
        ("product_label", "varchar"),
        ("product_family", "varchar"),
        ("channel", "varchar"),
        ("locale", "varchar"),
        ("help", "jsonb"),
        ("search_key", "text"),
    ),
)

# Stands between the texts of a search key, so that no search can match across two of them (see common/text.py).
_BETWEEN = "\U0010ffff"


def error_search_key(*texts: str) -> str:
    """Return the texts of an error as Monitoring searches them: ignoring case."""
    return _BETWEEN.join(search_word(text) for text in texts if text)


def search_word(text: str) -> str:
    """Return a text as it stands in the search keys of errors that hold it."""
    return text.casefold().replace(_BETWEEN, "\ufffe")


class AlreadyStoredError(Exception):
    """One of the rows is stored already; the transaction can only be rolled back."""


def store_all(batch: Mapping[Table, Rows]) -> int:
    """Write rows, none of which should be stored yet; return how many.

    AlreadyStoredError when one is. No savepoint is taken for that: it would cost every batch what few need.
    """
    try:
        for table, rows in batch.items():
            _copy(table.name, table, rows)
    except IntegrityError as error:
        if isinstance(error.__cause__, errors.UniqueViolation):
            raise AlreadyStoredError from error
        raise
    replica.note_events()
    return sum(map(len, batch.values()))


def store_new(batch: Mapping[Table, Rows]) -> int:
    """Write rows; return how many were new.

    A row whose key is stored already changes nothing: it falls away on the way out of a staging table.
    """
    stored = sum(_store_new(table, rows) for table, rows in batch.items())
    # Even when none was new: whoever stored them may have died before it left its mark.
    replica.note_events()
    return stored


def _store_new(table: Table, rows: Rows) -> int:
    staging, target = sql.Identifier(f"staged_{table.name}"), sql.Identifier(table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    move = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY 1, 2 ON CONFLICT DO NOTHING")
    with db.wrap_database_errors, driver_cursor() as cursor:
        cursor.execute(make.format(staging, columns, target))
        _copy(f"staged_{table.name}", table, rows)
        cursor.execute(move.format(target, columns, columns, staging))
        stored = cursor.rowcount
        cursor.execute(sql.SQL("DROP TABLE {}").format(staging))
    return stored


def _copy(name: str, table: Table, rows: Rows) -> None:
    """Copy in the order of the key, which comes first and differs, so that writers meet in one order."""
    with db.wrap_database_errors, driver_cursor() as cursor, cursor.copy(_copy_command(name, table)) as copy:
        copy.set_types([type_ for _, type_ in table.types])
        for row in sorted(rows):
            copy.write_row(row)


@cache
def _copy_command(name: str, table: Table) -> bytes:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(name), columns).as_bytes()
