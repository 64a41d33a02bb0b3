"""What a proof of stored numbers finds."""

from dataclasses import dataclass

from django.db import connection as db
from django.db import transaction


@dataclass(frozen=True, slots=True)
class Difference:
    """One row whose stored value is not what the rows it is derived from say."""

    table: str
    key: str
    stored: str
    computed: str


def find(table: str, query: str) -> list[Difference]:
    """Run a query that gives (key, stored, computed) of the rows of a table that differ."""
    with transaction.atomic(), db.cursor() as cursor:
        # A proof reads whole tables. Statistics of a table that was empty a moment ago would lead to nested loops.
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        cursor.execute(query)
        found = [Difference(table, *row) for row in cursor.fetchall()]
        cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
    return found
