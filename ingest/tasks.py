"""Background work of importers and webhooks: thin, and safe to run twice or at the same time."""

import logging

from celery import Task, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.locks import WORKER_IMPORT, held_by_session
from common.redis import RedisError, claim, release
from ingest import deliveries
from ingest.importers import running
from sources.chift import due_accounts
from sources.models import ChiftAccount, Source

_log = logging.getLogger(__name__)

# A claim that nobody releases (a worker was killed) ends by itself.
_CLAIM_SECONDS = 10
_QUEUED_SECONDS = 600
_TRIED_AGAIN_SECONDS = 15
_LONGEST_IMPORT = 6 * 3600


def kick_deliveries(source_id: int) -> None:
    """Ask for the deliveries of a source to be applied now; a lost kick costs seconds, as beat asks too."""
    _queue(f"deliveries-{source_id}", _CLAIM_SECONDS, apply_deliveries, source_id)


def kick_import(source_id: int, *, later: int = 0) -> bool:
    """Ask for an import, once, now or so many seconds later; False when that can not be asked."""
    return _queue(f"import-{source_id}", _QUEUED_SECONDS, import_source, source_id, later=later)


def _queue(name: str, seconds: int, task: Task[[int], None], source_id: int, *, later: int = 0) -> bool:
    try:
        if claim(name, seconds=seconds):
            task.apply_async((source_id,), retry=False, countdown=later)
    except (RedisError, OperationalError) as error:
        _log.warning("%s could not be asked for: %s", name, error)
        return False
    return True


@shared_task(name="ingest.start_due_imports")
def start_due_imports() -> None:
    """Ask for the imports that are due, and close the runs that were killed."""
    now = timezone.now()
    for account in due_accounts(now=now):
        kick_import(account.source_id)
    for account in ChiftAccount.objects.select_related("source").filter(
        source__import_runs__kind="full", source__import_runs__finished_at__isnull=True
    ):
        running.close_abandoned(source=account.source, now=now)


@shared_task(name="ingest.import_source", soft_time_limit=_LONGEST_IMPORT, time_limit=_LONGEST_IMPORT + 60)
def import_source(source_id: int) -> None:
    """Import a source, unless that is under way.

    Workers run one import at a time, so that a slot stays free for what people wait for; the others try again.
    """
    release(f"import-{source_id}")
    source = Source.objects.select_related("chift").get(pk=source_id)
    with held_by_session(WORKER_IMPORT, 0, wait=False) as held:
        if held:
            running.import_all(source=source, clock=timezone.now, wait=False)
        else:
            kick_import(source_id, later=_TRIED_AGAIN_SECONDS)


@shared_task(name="ingest.apply_deliveries")
def apply_deliveries(source_id: int) -> None:
    """Apply the next deliveries of a source, and ask for another go when more are waiting."""
    release(f"deliveries-{source_id}")
    source = Source.objects.select_related("chift").get(pk=source_id)
    if deliveries.apply_some(source=source, clock=timezone.now):
        kick_deliveries(source_id)


@shared_task(name="ingest.apply_all_deliveries")
def apply_all_deliveries() -> None:
    """Ask for what is waiting: kicks that got lost, and deliveries to be tried again."""
    for source_id in deliveries.waiting_sources(now=timezone.now()):
        kick_deliveries(source_id)
