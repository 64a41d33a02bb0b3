"""Locks that span rows and tables. Whoever takes several takes them in the order in which they stand here."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as db

from common import replica

# Any constants will do; they only have to differ from those of other programs in the same database. Functions
# of the database know GRAINS and EVENTS by their numbers.
STATE = 0x636F6E6E
EVENTS = STATE + 2
GRAINS = STATE + 1

# Locks that a session holds, over many transactions, each together with the number of a row.
IMPORTS = STATE + 3
DELIVERIES = STATE + 4
WORKER_IMPORT = STATE + 5


def lock_state() -> None:
    """Let one transaction at a time change the state of consumers, connectors, connections, syncs and activations.

    Taken first in every transaction that does, held to its end. Writers of state queue up here instead of meeting in
    a deadlock over the counts they share; readers and writers of events never wait for it.
    """
    _take("pg_advisory_xact_lock", STATE)
    replica.note_state()


def lock_events() -> None:
    """Wait until no transaction is writing events, and let none begin; for erasing and rebuilding.

    Writers of events share the lock: the function event_targets of the database takes it for them, so that the
    connections they are about to write events for are not erased meanwhile.
    """
    _take("pg_advisory_xact_lock", EVENTS)


def lock_grains() -> None:
    """Wait until no drain is under way, and let none begin; for moving, rebuilding and re-windowing."""
    _take("pg_advisory_xact_lock", GRAINS)


@contextmanager
def held_by_session(lock: int, row: int, *, wait: bool) -> Iterator[bool]:
    """Hold a lock on a row until the block ends; False when somebody else holds it and we do not wait.

    It belongs to the database session, so whatever becomes of the process, the lock goes with it.
    """
    with db.cursor() as cursor:
        function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
        cursor.execute(f"SELECT {function}(%s, %s)", [lock, row])
        held = wait or bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        # A session that broke has lost its lock already.
        if held and db.connection is not None and db.is_usable():
            with db.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, row])


def _take(function: str, number: int) -> None:
    with db.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
