"""Addresses of the lists: every number links to exactly the rows that it counts."""

from urllib.parse import urlencode

from django.urls import reverse


def consumers(**filters: str) -> str:
    """Return the address of the consumers with those filters."""
    return _list("/consumers/", filters)


def connections(**filters: str) -> str:
    """Return the address of the connections with those filters."""
    return _list("/connections/", filters)


def errors(connection: str, **filters: str) -> str:
    """Return the address of a connection's errors with those filters."""
    return _list(reverse("connection-errors", args=[connection]), filters)


def _list(path: str, filters: dict[str, str]) -> str:
    return f"{path}?{urlencode(filters)}" if filters else path
