"""Writes events: by COPY, each once, however many a batch holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from django.db import IntegrityError, transaction
from django.db import connection as db
from psycopg import errors, sql


@dataclass(frozen=True, slots=True)
class Table:
    """A table of events: its name and the columns that are written, in order; the first two are the key."""

    name: str
    columns: tuple[str, ...]


ACTIVITY = Table(
    "connections_activityevent", ("connection_id", "external_id", "kind", "count", "entity", "occurred_at")
)
ERRORS = Table(
    "connections_errorevent",
    (
        "connection_id",
        "external_id",
        "category",
        "message",
        "code",
        "operation",
        "occurred_at",
        "entity",
        "product_identifier",
        "product_label",
        "product_family",
        "channel",
        "locale",
        "help",
        "search_key",
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


def store(table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write rows of the table's columns; return how many were new.

    A row whose key is stored already changes nothing. Sorted by key, so that writers meet in one order. Runs in the
    caller's transaction, which shares the lock of the writers of events (common.locks.share_events).
    """
    ordered = sorted(rows, key=_key)
    try:
        with transaction.atomic():
            _copy(table.name, table.columns, ordered)
    except IntegrityError as error:
        if not isinstance(error.__cause__, errors.UniqueViolation):
            raise
        return _store_new(table, ordered)
    return len(ordered)


def _key(row: tuple[Any, ...]) -> tuple[int, str]:
    return row[0], row[1]


def _store_new(table: Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Go through a staging table, which lets what is stored already fall away."""
    staging, target = sql.Identifier(f"staged_{table.name}"), sql.Identifier(table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    move = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY 1, 2 ON CONFLICT DO NOTHING")
    with db.wrap_database_errors, _cursor() as cursor:
        cursor.execute(make.format(staging, columns, target))
        _copy(f"staged_{table.name}", table.columns, rows)
        cursor.execute(move.format(target, columns, columns, staging))
        stored = cursor.rowcount
        cursor.execute(sql.SQL("DROP TABLE {}").format(staging))
    return stored


def _copy(table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with db.wrap_database_errors, _cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


def _cursor() -> psycopg.Cursor[Any]:
    """Return a cursor of the driver: Django's own binds on the client and knows no COPY from rows."""
    db.ensure_connection()
    return psycopg.Cursor(cast("psycopg.Connection[Any]", db.connection))
