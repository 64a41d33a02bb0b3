"""Erases what is due: consumers deleted on the screen 30 days ago, and rows past their retention."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from connections import rollup_services
from connections.services import erase_connections
from consumers.services import begin_erasing, finish_erasing
from dashboard.sharing import erase_links
from ingest import services
from syncs.services import erase_activations

_CONSUMERS = 200
_ROWS = 2_000

# Each app erases its own rows; what names others goes before what it names.
_APPS: tuple[Callable[..., int], ...] = (erase_links, erase_activations, erase_connections)


@dataclass(frozen=True)
class Purged:
    """How many rows a purge erased."""

    consumers: int
    events: int
    buckets: int
    deliveries: int


def purge(*, now: datetime) -> Purged:
    """Erase everything that is due; a second run at the same time finds less to do."""
    return Purged(
        consumers=erase_due(now=now),
        events=rollup_services.purge_events(now=now),
        buckets=rollup_services.purge_buckets(now=now),
        deliveries=services.purge(now=now),
    )


def erase_due(*, now: datetime) -> int:
    """Erase consumers deleted on the screen 30 days ago or earlier, with all that is theirs; return how many.

    It goes in chunks, each its own transaction, so that writers of state never wait long. A run that is killed is
    finished by the next one.
    """
    count = 0
    while consumer_ids := begin_erasing(most=_CONSUMERS, now=now):
        for erase in _APPS:
            _until_done(partial(erase, consumer_ids=consumer_ids, most=_ROWS))
        finish_erasing(consumer_ids=consumer_ids)
        count += len(consumer_ids)
    return count


def _until_done(step: Callable[[], int]) -> None:
    while step():
        pass
