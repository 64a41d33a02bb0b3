"""The pulse of the background work: beat schedules it, a worker beats, the web process listens."""

from datetime import datetime, timedelta

from django.core.cache import cache

from common import replica

_KEY = "heartbeat"
_KEPT = timedelta(days=7)
ALIVE = timedelta(seconds=30)


def beat(*, now: datetime) -> None:
    """Note that beat and a worker were alive at that time."""
    cache.set(_KEY, now, timeout=int(_KEPT.total_seconds()))
    replica.beat()


def age(*, now: datetime) -> timedelta | None:
    """Return how long ago the last beat was; None when there was none for a week."""
    last: datetime | None = cache.get(_KEY)
    return None if last is None else max(timedelta(0), now - last)
