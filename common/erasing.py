"""Deleting many rows in bounded chunks, so that no statement holds its locks for long."""

from typing import Any

from django.db.models import QuerySet


def delete_some(rows: QuerySet[Any, Any], most: int) -> int:
    """Delete up to that many of these rows, the oldest first; return how many went."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    if keys:
        rows.filter(pk__any_of=keys).delete()
    return len(keys)
