"""How often somebody may ask: fixed windows of one minute, counted in Redis for all web processes together."""

import logging
from datetime import datetime

from common.redis import RedisError, client

_log = logging.getLogger(__name__)

_WINDOW_SECONDS = 60


class _Outage:
    """Whether Redis was away last time, so that an outage is logged once and not at every request."""

    is_on = False

    @classmethod
    def begin(cls, error: Exception) -> None:
        if not cls.is_on:
            _log.warning("Redis is away, so nothing is limited until it is back: %s", error)
        cls.is_on = True

    @classmethod
    def end(cls) -> None:
        if cls.is_on:
            _log.info("Redis is back; limits hold again")
        cls.is_on = False


def seconds_to_wait(name: str, *, most: int, now: datetime) -> int:
    """Count one request of that name; return 0, or the seconds until the window ends when it was one too many.

    `most` requests a minute are allowed, 0 means any number. While Redis is away nobody is refused: a limit is there
    to protect the service, so it must not become the reason of an outage.
    """
    if not most:
        return 0
    window, second = divmod(int(now.timestamp()), _WINDOW_SECONDS)
    count = _count(f"connmon:limit:{name}:{window}")
    return _WINDOW_SECONDS - second if count > most else 0


def _count(key: str) -> int:
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, _WINDOW_SECONDS)
            count, _ = pipe.execute()
    except RedisError as error:
        _Outage.begin(error)
        return 0
    _Outage.end()
    return int(count)
