"""Waits until connections stand where a race is."""

import time

from django.db import connection as db


def backend():
    """Return the process of this connection's server."""
    return _ask("SELECT pg_backend_pid()")


def wait_until_blocked(backends, count):
    """Wait until that many of these connections wait for a lock, so that both stand where the race is."""
    end = time.monotonic() + 20
    while _ask("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid = ANY(%s)", list(backends)) < count:
        assert time.monotonic() < end, "nobody waits"
        time.sleep(0.01)


def _ask(sql, *parameters):
    with db.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]
