"""What a proof of stored numbers finds."""

from dataclasses import dataclass

from django.db import connection as db


@dataclass(frozen=True, slots=True)
class Difference:
    """One row whose stored value is not what the rows it is derived from say."""

    table: str
    key: str
    stored: str
    computed: str


def find(table: str, query: str) -> list[Difference]:
    """Run a query that gives (key, stored, computed) of the rows of a table that differ."""
    with db.cursor() as cursor:
        cursor.execute(query)
        return [Difference(table, *row) for row in cursor.fetchall()]
