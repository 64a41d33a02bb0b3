"""The environment variables that connmon reads, and those a command sets for it."""

import os

# Every variable that connmon.settings reads (a test compares them); secrets also come from NAME_FILE.
SETTINGS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "DEBUG",
    "TIME_ZONE",
    "COMPANY_NAME",
    "SUPPORT_CONTACT",
    "API_RATE_LIMIT",
    "EVENT_RETENTION_DAYS",
    "BUCKET_RETENTION_DAYS",
    "STATIC_ROOT",
)


def with_settings(chosen: dict[str, str]) -> dict[str, str]:
    """The environment with these settings in place of whatever it says, by value or by file."""
    return without(*chosen) | chosen


def without(*names: str) -> dict[str, str]:
    """The environment without these settings."""
    unwanted = {name + ending for name in names for ending in ("", "_FILE")}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
