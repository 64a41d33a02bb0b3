"""Background work on the rollups: thin, and safe to run twice or at the same time."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from common.redis import RedisError, claim, release
from connections import rollup_services

_log = logging.getLogger(__name__)

_QUEUED = "drain-queued"
# A claim that nobody releases (a worker was killed) ends by itself; until then beat drains.
_CLAIM_SECONDS = 10


def kick() -> None:
    """Ask for a drain now; one at a time is queued, whatever the load. A lost kick costs seconds: beat drains too."""
    try:
        if claim(_QUEUED, seconds=_CLAIM_SECONDS):
            drain.apply_async(retry=False)
    except (RedisError, OperationalError) as error:
        _log.warning("a drain could not be asked for, the next one is a few seconds away: %s", error)


@shared_task(name="connections.drain", soft_time_limit=120, time_limit=150)
def drain() -> None:
    """Move all pending sums into the grains."""
    release(_QUEUED)
    while rollup_services.drain():
        pass
