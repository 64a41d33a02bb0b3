"""Addresses of the lists: every number links to exactly the rows that it counts."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse

from common.addresses import address


def consumers(**filters: str) -> str:
    """Return the address of the consumers with those filters."""
    return _list(address("consumers"), filters)


def connections(**filters: str) -> str:
    """Return the address of the connections with those filters."""
    return _list(address("connections"), filters)


def errors(connection: str, **filters: str) -> str:
    """Return the address of a connection's errors with those filters."""
    return _list(reverse("connection-errors", args=[connection]), filters)


def activations(**filters: str | Sequence[str]) -> str:
    """Return the address of the activations with those filters."""
    return _list(address("activations"), filters)


def _list(path: str, filters: Mapping[str, str | Sequence[str]]) -> str:
    return f"{path}?{urlencode(filters, doseq=True)}" if filters else path
