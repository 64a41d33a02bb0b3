"""The driver's own cursor, for what Django's can not do: COPY, binary parameters, prepared statements."""

from typing import Any, cast

import psycopg
from django.db import connection as db


def driver_cursor() -> psycopg.Cursor[Any]:
    """Return a cursor that binds on the server, on Django's connection and in its transaction.

    Errors are the driver's: use it under `django.db.connection.wrap_database_errors`.
    """
    db.ensure_connection()
    return psycopg.Cursor(cast("psycopg.Connection[Any]", db.connection))
