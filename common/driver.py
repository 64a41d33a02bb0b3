"""The connection to the database below Django: how it is set up, and the driver's own cursor."""

from typing import Any, cast

import psycopg
from django.db import connection as db
from django.db.backends.base.base import BaseDatabaseWrapper


def set_up(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Have statements run as they are planned, once a connection; receives `connection_created`.

    To compile a statement first takes PostgreSQL up to half a second, longer than nearly all of ours run.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")


def driver_cursor() -> psycopg.Cursor[Any]:
    """Return a cursor for what Django's can not do: COPY, binary parameters.

    It binds on the server, on Django's connection and in its transaction. Errors are the driver's: use it under
    `django.db.connection.wrap_database_errors`.
    """
    db.ensure_connection()
    return psycopg.Cursor(cast("psycopg.Connection[Any]", db.connection))
