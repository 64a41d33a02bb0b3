"""The environment variables that connmon reads: what people set, and what a command sets for them."""

import os
from collections.abc import Mapping
from pathlib import Path

from devtools.console import Trouble

SERVERS = ("DATABASE_URL", "REDIS_URL")
# Every variable that connmon.settings reads (a test compares them); each also comes from NAME_FILE.
SETTINGS = (
    *SERVERS,
    "DATABASE_REPLICA_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "DEBUG",
    "STATIC_ROOT",
    "TIME_ZONE",
    "COMPANY_NAME",
    "SUPPORT_CONTACT",
    "API_RATE_LIMIT",
    "EVENT_RETENTION_DAYS",
    "BUCKET_RETENTION_DAYS",
)


def given() -> dict[str, str]:
    """The settings that the environment holds, by value or by file."""
    found = {name: _value(name) for name in SETTINGS}
    return {name: value for name, value in found.items() if value}


def _value(name: str) -> str:
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, "").strip()
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{name}_FILE names a file that can not be read: {error}") from error


def holding(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with these settings and no others."""
    unwanted = {name + ending for name in SETTINGS for ending in ("", "_FILE")}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | dict(settings)
