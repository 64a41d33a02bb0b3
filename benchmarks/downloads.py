"""What a CSV export costs beside PostgreSQL writing the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import connection as db
from django.http import QueryDict
from psycopg import ClientCursor

from benchmarks import data
from benchmarks.measure import ROUNDS, Figure, figure, joined
from benchmarks.web import Server, Visitor, web_server
from dashboard.lists.activations import ActivationList
from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList
from dashboard.lists.listing import Listing
from dashboard.lists.selection import Selection

_MIB = 1024 * 1024
# So that each is of as many rows as there are consumers.
_EXPORTS: tuple[tuple[str, str, Listing], ...] = (
    ("/consumers/export.csv", "", ConsumerList()),
    ("/connections/export.csv", "flow=destination", ConnectionList()),
    ("/consumers/by-sync/export.csv", "", ActivationList()),
)


def csv(scale: data.Scale) -> Figure:
    """Time of an export over HTTP, formulas made harmless / COPY of the same rows as they are."""
    del scale
    visitor = Visitor()
    figures = []
    for path, query, listing in _EXPORTS:
        with web_server(workers=1) as server:
            figures.append(_export(server, visitor, f"{path}?{query}", _copy_of(listing, query)))
    return joined(sorted(figures, key=lambda one: -one.ratio))


def _export(server: Server, visitor: Visitor, path: str, copy: str) -> Figure:
    visitor.get("/consumers/")
    before = server.memory()
    ratios: list[float] = []
    firsts: list[float] = []
    rows: list[float] = []
    for _ in range(ROUNDS + 1):
        first, row, ours = _marks(visitor.pieces(path))
        firsts.append(first)
        rows.append(row)
        ratios.append(ours / _copied(copy))
    grown = (server.memory() - before) / _MIB
    first, row = 1_000 * max(firsts), 1_000 * max(rows)
    note = (
        f"{path}: first byte after {first:.0f} ms (goal < 100), first row after {row:.0f} ms, "
        f"memory grew by {grown:.1f} MB (goal < 20)"
    )
    return figure("csv", ratios[1:], goal="≤ 2.0", note=note)


def _marks(pieces: Iterator[bytes]) -> tuple[float, float, float]:
    """Return the seconds until the first byte, the first row and the last byte of an answer."""
    began = time.perf_counter()
    first = row = 0.0
    lines = 0
    for piece in pieces:
        first = first or time.perf_counter() - began
        # HTTP ends its own lines with \r\n, a CSV with \n; the first of these names the columns.
        lines += piece.count(b"\n") - piece.count(b"\r\n")
        if not row and lines > 1:
            row = time.perf_counter() - began
    return first, row, time.perf_counter() - began


def _copy_of(listing: Listing, query: str) -> str:
    """Return a COPY of the rows of an export, with nothing done to them."""
    rows = Selection(listing.asked(QueryDict(query))).rows.annotate(**{one.alias: one.text for one in listing.fields})
    statement, values = rows.values(*(one.alias for one in listing.fields)).query.sql_with_params()
    with db.cursor():
        return f"COPY ({ClientCursor(db.connection).mogrify(statement, values)}) TO STDOUT WITH (FORMAT csv, HEADER)"


def _copied(copy: str) -> float:
    """Return the seconds until PostgreSQL has copied everything to a client that drops it."""
    began = time.perf_counter()
    with db.cursor(), ClientCursor(db.connection) as cursor, cursor.copy(copy) as pieces:
        for _ in pieces:
            pass
    return time.perf_counter() - began
