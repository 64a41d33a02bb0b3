"""Real processes on the database of the tests."""

import os
import socket
from urllib.parse import quote, urlencode

from django.db import connection as db


def database_url() -> str:
    """Return the address of the database that the tests use right now."""
    settings = db.settings_dict
    user = quote(str(settings["USER"]))
    password = f":{quote(str(settings['PASSWORD']))}" if settings["PASSWORD"] else ""
    place = {"host": str(settings["HOST"]), "port": str(settings["PORT"])}
    query = urlencode({name: value for name, value in place.items() if value})
    return f"postgresql://{user}{password}@/{quote(str(settings['NAME']))}?{query}"


def environment() -> dict[str, str]:
    """Return an environment in which our processes work on that database."""
    return os.environ | {"DATABASE_URL": database_url()}


def free_port() -> int:
    """Return a port of this machine that nobody uses at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
