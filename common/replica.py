"""The read replica: what it has to hold before a request may read from it, and whether it does.

docs/decisions/0012-read-replica.md says why it is built so. Without DATABASE_REPLICA_URL nothing of this is ever asked.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db import connection as db

ALIAS = "replica"
# A replica that is further behind is not read: its sums would be older than any page may show without a warning.
MOST_BEHIND = timedelta(seconds=60)
# How long a replica that is away is left alone, so that not every request waits for it.
_PAUSE_SECONDS = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A database to read from, and until when it holds all that was committed; None: until now."""

    alias: str
    holds_until: datetime | None = None


PRIMARY = Place(DEFAULT_DB_ALIAS)


def is_configured() -> bool:
    """Whether this installation has a replica."""
    return ALIAS in settings.DATABASES


# --- what has to be seen ----------------------------------------------------------------------------------------------

# The place in the primary's log is read while the row is locked, so marks only ever rise, and after the commit that
# they stand for. The table is not logged: after a crash it is empty, which makes everybody read from the primary.
_NOTE = """
INSERT INTO connections_replicamark AS mark (id, state, events)
VALUES (1, pg_current_wal_insert_lsn(), pg_current_wal_insert_lsn())
ON CONFLICT (id) DO UPDATE SET
  state = CASE WHEN %s THEN pg_current_wal_insert_lsn() ELSE mark.state END, events = pg_current_wal_insert_lsn()
"""
_BEGIN = """
INSERT INTO connections_replicamark (id, state, events)
VALUES (1, pg_current_wal_insert_lsn(), pg_current_wal_insert_lsn()) ON CONFLICT DO NOTHING
"""
_NEEDED = """
SELECT CASE WHEN %s THEN events ELSE state END, system_identifier, current_database()
FROM connections_replicamark, pg_control_system()
"""


def note_state() -> None:
    """Once this transaction is committed, let no request read from a replica that does not hold it."""
    if is_configured():
        transaction.on_commit(lambda: _note(is_state=True))


def note_events() -> None:
    """The same for requests that show events one by one; sums of them may lag."""
    if is_configured():
        transaction.on_commit(lambda: _note(is_state=False))


def beat() -> None:
    """Commit something, so that a replica of an idle primary can tell how far it has come, and begin the marks."""
    if is_configured():
        with db.cursor() as cursor:
            cursor.execute(_BEGIN)
            cursor.execute("SELECT pg_current_xact_id()")


def _note(*, is_state: bool) -> None:
    with db.cursor() as cursor:
        cursor.execute(_NOTE, [is_state])


# --- where to read ----------------------------------------------------------------------------------------------------

_REACHED = """
SELECT pg_is_in_recovery() AND system_identifier = %(system)s AND current_database() = %(database)s,
       pg_last_wal_replay_lsn() >= %(needed)s::pg_lsn
         AND pg_last_xact_replay_timestamp() > clock_timestamp() - %(behind)s,
       pg_last_xact_replay_timestamp()
FROM pg_control_system()
"""
_BEHIND = """
SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) WHERE pg_is_in_recovery()
"""


class _Absence:
    """Whether this process could not read from the replica, and when it tries again."""

    def __init__(self) -> None:
        self._is_known = False
        self._until = 0.0

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until

    def begin(self, why: object) -> None:
        """Leave the replica alone for a while; one line in the log, however long it stays away."""
        self._until = time.monotonic() + _PAUSE_SECONDS
        if not self._is_known:
            _log.warning("the replica can not be read, everything is read from the primary: %s", str(why).strip())
        self._is_known = True

    def end(self) -> None:
        if self._is_known:
            _log.warning("the replica can be read again")
        self._is_known = False


_absence = _Absence()


def choose(*, shows_events: bool) -> Place:
    """Return the replica if it holds everything that a request has to see, else the primary. Never waits long."""
    if _absence.lasts:
        return PRIMARY
    with db.cursor() as cursor:
        cursor.execute(_NEEDED, [shows_events])
        mark = cursor.fetchone()
    if mark is None:
        return PRIMARY
    needed, system, database = mark
    values = {"needed": needed, "system": system, "database": database, "behind": MOST_BEHIND}
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(_REACHED, values)
            is_ours, has_all, holds_until = cursor.fetchone()
    except Error as error:
        leave(error)
        return PRIMARY
    if not is_ours:
        leave("DATABASE_REPLICA_URL names no standby of the database in DATABASE_URL")
        return PRIMARY
    _absence.end()
    return Place(ALIAS, holds_until) if has_all else PRIMARY


def leave(why: object) -> None:
    """Give the replica up for a while."""
    connections[ALIAS].close()
    _absence.begin(why)


def seconds_behind() -> float | None:
    """Return how old what the replica holds is, at most the time between two beats when idle; None while it is away."""
    if not is_configured() or _absence.lasts:
        return None
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(_BEHIND)
            row = cursor.fetchone()
    except Error as error:
        leave(error)
        return None
    return max(0.0, float(row[0])) if row and row[0] is not None else None
