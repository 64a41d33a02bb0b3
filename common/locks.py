"""Locks that span rows and tables. Whoever takes several takes them in the order in which they stand here."""

from django.db import connection as db

# Any constants will do; they only have to differ from those of other programs in the same database. The triggers of
# the rollups know GRAINS by its number.
STATE = 0x636F6E6E
EVENTS = STATE + 2
GRAINS = STATE + 1


def lock_state() -> None:
    """Let one transaction at a time change the state of consumers, connectors, connections, syncs and activations.

    Taken first in every transaction that does, held to its end. Writers of state queue up here instead of meeting in
    a deadlock over the counts they share; readers and writers of events never wait for it.
    """
    _take("pg_advisory_xact_lock", STATE)


def share_events() -> None:
    """Keep the connections that events are about to be written for from being erased meanwhile."""
    _take("pg_advisory_xact_lock_shared", EVENTS)


def lock_events() -> None:
    """Wait until no transaction is writing events, and let none begin; for erasing and rebuilding."""
    _take("pg_advisory_xact_lock", EVENTS)


def lock_grains() -> None:
    """Wait until no drain is under way, and let none begin; for moving, rebuilding and re-windowing."""
    _take("pg_advisory_xact_lock", GRAINS)


def _take(function: str, number: int) -> None:
    with db.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
