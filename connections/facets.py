"""Facets of consumers: numbers that say what connections a consumer has, for one index of all mixes of filters.

Each connection that is not deleted gives its consumer three of them: its status (1, 2, 3), its connector (4 × its
primary key), and both at once (the sum). A trigger keeps them (see connections/migrations/0005_lists.py).
"""

from collections.abc import Collection

from connections.models import Status

_NUMBERS = {Status.ACTIVE: 1, Status.PENDING: 2, Status.FAILED: 3}


def numbers(*, connectors: Collection[int] | None, statuses: Collection[Status]) -> list[int]:
    """Return the facets of which a consumer has one when a connection of it fits both.

    connectors are primary keys, None for any; no status means any.
    """
    if connectors is None:
        return [_NUMBERS[status] for status in statuses]
    if not statuses:
        return [4 * connector for connector in connectors]
    return [4 * connector + _NUMBERS[status] for connector in connectors for status in statuses]
