"""Strict readers of the environment: a wrong value stops the start with one clear line."""

import os
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg.conninfo

from common.windows import zone_names

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_DIGITS = 20
_WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def refuse(name: str, problem: str) -> NoReturn:
    """Stop the process with one line that names the variable and what is wrong with it."""
    raise SystemExit(f"connmon can not start: {name} {problem}")


def text(name: str, default: str | None = None) -> str:
    """Read NAME, or the file that NAME_FILE names; without a default an absent or empty value is refused."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            refuse(f"{name}_FILE", f"names a file that can not be read: {error}")
    else:
        value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        refuse(name, "is missing")
    return default


def flag(name: str, *, default: bool) -> bool:
    """Read a switch: true/false, 1/0, yes/no, on/off."""
    value = text(name, "").lower()
    if not value:
        return default
    if value not in _WORDS:
        refuse(name, f"must be true or false, not {value!r}")
    return _WORDS[value]


def whole_number(name: str, default: int, *, least: int, most: int) -> int:
    """Read a whole number between least and most, both included."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS and least <= int(value) <= most):
        refuse(name, f"must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def words(name: str, default: str) -> list[str]:
    """Read a list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def zone(name: str, default: str) -> str:
    """Read the name of a time zone, such as Europe/Brussels."""
    value = text(name, default)
    if value not in zone_names():
        refuse(name, f"is not a time zone: {value!r} (use a name such as Europe/Brussels)")
    return value


def web_address(name: str, default: str | None = None) -> str:
    """Read an http or https address with a host and nothing behind it, without the closing slash."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.path or parts.query or parts.fragment or parts.username:
        refuse(name, f"must be an address such as https://connmon.example.com, not {value!r}")
    return value


def database(name: str, **options: str) -> dict[str, object]:
    """Read a PostgreSQL address (any URI that libpq takes) into Django's settings of one database.

    The options of the connection hold unless the address says otherwise.
    """
    value = text(name)
    try:
        parts = psycopg.conninfo.conninfo_to_dict(value)
    except psycopg.ProgrammingError:
        parts = {}
    if not value.startswith(("postgres://", "postgresql://")) or not parts.get("dbname"):
        # The value is not repeated: it may hold a password.
        refuse(name, "must be a PostgreSQL address such as postgresql://user:password@host:5432/connmon")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": options | parts,
        # Sync workers with one lasting connection each are twice as fast as a pool.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def replica(name: str) -> dict[str, dict[str, object]]:
    """Read the address of a read replica, where there is one, into Django's settings of a database of that name."""
    if not text(name, ""):
        return {}
    # Nobody waits long for a replica that is away; common/replica.py asks for its health itself.
    return {"replica": database(name, connect_timeout="2", tcp_user_timeout="2000") | {"CONN_HEALTH_CHECKS": False}}


def redis(name: str, default: str | None = None) -> str:
    """Read the address of a Redis server: redis://, rediss:// or unix://."""
    value = text(name, default)
    if not value.startswith(("redis://", "rediss://", "unix://")):
        refuse(name, "must be a Redis address such as redis://host:6379/0")
    return value
