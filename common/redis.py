"""Small marks in Redis that all processes of an installation share."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

__all__ = ["RedisError", "claim", "client", "release"]

_TIMEOUT_SECONDS = 0.5


def client() -> redis.Redis:
    """Return the client of this process. It never tries twice: a request must not wait for a Redis that is away."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
    )


def claim(name: str, *, seconds: int) -> bool:
    """Set a mark unless it is set; True for the one who set it. It falls off after that many seconds."""
    return bool(client().set(f"connmon:claim:{name}", 1, nx=True, ex=seconds))


def release(name: str) -> None:
    """Take a mark off."""
    client().delete(f"connmon:claim:{name}")
