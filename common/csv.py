"""CSV as spreadsheets read it, streamed from PostgreSQL: nothing is held in memory, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from psycopg import sql

from common import reading

_BOM = b"\xef\xbb\xbf"
_FIRST, _PIECE = 4 * 1024, 64 * 1024  # bytes

# A LIMIT, even one that no table reaches, makes the planner work out costly columns after sorting and row by row.
_ALL = 2_000_000_000

# What a spreadsheet would take for a formula begins with one of = + - @ tab return; a quote in front makes it text.
# Most texts begin with a letter, beyond all of these, which is the cheapest thing to ask.
_TEXT = (
    "CASE WHEN ascii({0}) > 64 THEN {0} WHEN ascii({0}) IN (61, 43, 45, 64, 9, 13) THEN '''' || {0}"
    " ELSE nullif({0}, '') END"
)
# PostgreSQL writes fractions of a second only where there are some, in the ISO style that the driver insists on.
_TIME = "replace(({0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'"
_PLAIN = "{0}"


class Kind(Enum):
    """How a column is written."""

    TEXT = _TEXT
    TIME = _TIME
    PLAIN = _PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and the field of the query that it shows (default: of the same name)."""

    heading: str
    of: str = ""
    kind: Kind = Kind.TEXT

    @property
    def field(self) -> str:
        """The field of the query."""
        return self.of or self.heading


def csv_response(rows: QuerySet[Any], columns: Sequence[Column], *, name: str) -> StreamingHttpResponse:
    """Answer the rows in their order as a download called NAME.csv."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    # The body is made after the request has ended, and still has to come from where the request read.
    body = _stream(reading.db(), rows, columns)
    return StreamingHttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def _stream(db: BaseDatabaseWrapper, rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[bytes]:
    query, parameters = rows.values(*(column.field for column in columns))[:_ALL].query.sql_with_params()
    written = sql.SQL(", ").join(
        sql.SQL(column.kind.value).format(sql.Identifier("found", column.field))
        + sql.SQL(" AS ")
        + sql.Identifier(column.heading)
        for column in columns
    )
    copy = sql.SQL("COPY (SELECT {} FROM ({}) AS found) TO STDOUT WITH (FORMAT csv, HEADER, ENCODING 'UTF8')")
    yield _BOM
    db.ensure_connection()
    # The driver's own cursor: Django's knows no COPY.
    with db.wrap_database_errors, psycopg.ClientCursor(cast("psycopg.Connection[Any]", db.connection)) as cursor:
        statement = copy.format(written, sql.SQL(cast("Any", query)))
        with cursor.copy(statement, parameters) as data:
            yield from _pieces(data)


def _pieces(rows: Iterable[Any]) -> Iterator[bytes]:
    """Join rows to larger pieces, each of which costs a write to the socket; what comes first leaves at once."""
    parts: list[bytes] = []
    size, enough = 0, _FIRST
    for row in rows:
        parts.append(bytes(row))
        size += len(row)
        if size >= enough:
            yield b"".join(parts)
            parts, size, enough = [], 0, _PIECE
    if parts:
        yield b"".join(parts)
