"""Locks that span rows and tables."""

from django.db import connection as db

# Any constant will do; it only has to differ from those of other programs in the same database.
_STATE = 0x636F6E6E


def lock_state() -> None:
    """Let one transaction at a time change the state of consumers, connectors, connections, syncs and activations.

    Taken first in every transaction that does, held to its end. Writers of state queue up here instead of meeting in
    a deadlock over the counts they share; readers and writers of events never wait for it.
    """
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_STATE])
