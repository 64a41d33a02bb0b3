"""What ingest offers to the pages: the sources that importers read, their runs and deliveries, links to platforms."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from consumers.models import Consumer
from ingest import deliveries, tasks
from ingest.importers.protocol import BRIEF, PlatformError
from ingest.importers.registry import can_import, importer_of
from ingest.models import ImportRun, WebhookDelivery
from sources.models import Source

__all__ = [
    "ImportRun",
    "PlatformError",
    "WebhookDelivery",
    "ask_import",
    "cancel",
    "check",
    "deliveries_of",
    "has_platform_page",
    "last_runs",
    "mint_activate_url",
    "mint_connect_url",
    "purge",
    "refused",
    "run_again",
    "runs_of",
]


# --- runs -------------------------------------------------------------------------------------------------------------


def runs_of(source: Source) -> QuerySet[ImportRun]:
    """Return the runs of a source, newest first."""
    return source.import_runs.order_by("-started_at", "-id")


def last_runs(sources: list[Source]) -> dict[int, ImportRun]:
    """Return the latest full run of each of these sources, by the source's primary key, in one query."""
    full = ImportRun.objects.filter(source__in=sources, kind=ImportRun.Kind.FULL)
    return {run.source_id: run for run in full.order_by("source_id", "-started_at", "-id").distinct("source_id")}


def ask_import(source: Source) -> bool:
    """Ask for an import now; False when the queue is away."""
    return tasks.kick_import(source.pk)


def cancel(source: Source, *, now: datetime) -> bool:
    """Ask the run under way to end; False when there is none."""
    under_way = ImportRun.objects.filter(source=source, kind=ImportRun.Kind.FULL, finished_at__isnull=True)
    return bool(under_way.filter(cancel_asked_at__isnull=True).update(cancel_asked_at=now))


def check(source: Source) -> str:
    """Sign in at the platform and say what was found. PlatformError: it refuses us, or is away."""
    with importer_of(source, patience=BRIEF) as importer:
        return importer.check()


# --- deliveries -------------------------------------------------------------------------------------------------------


def deliveries_of(source: Source) -> QuerySet[WebhookDelivery]:
    """Return the webhook deliveries of a source without their bodies, newest first."""
    return source.webhook_deliveries.defer("body").order_by("-received_at", "-id")


def refused(source: Source) -> int | None:
    """Return how many events had no right signature; None while that is not known."""
    return deliveries.refused(source=source)


def run_again(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Apply a delivery once more; False when there is nothing to read, or it waits already."""
    if not deliveries.run_again(delivery=delivery, now=now):
        return False
    transaction.on_commit(partial(tasks.kick_deliveries, delivery.source_id))
    return True


def purge(*, now: datetime) -> int:
    """Delete deliveries and runs that are kept no longer; return how many."""
    return deliveries.purge(now=now)


# --- links to the platforms' own pages --------------------------------------------------------------------------------


def has_platform_page(consumer: Consumer) -> bool:
    """Whether the platform that a consumer comes from has pages for it. Loads the consumer's owner."""
    return consumer.owner is not None and can_import(consumer.owner)


def mint_connect_url(consumer: Consumer) -> str:
    """Return a fresh address at which the consumer connects software. PlatformError: none can be had now."""
    with importer_of(_platform_of(consumer), patience=BRIEF) as importer:
        return importer.mint_connect_url(consumerid=consumer.consumerid)


def mint_activate_url(consumer: Consumer, sync: str) -> str:
    """Return a fresh address at which the consumer activates that sync. PlatformError: none can be had now."""
    with importer_of(_platform_of(consumer), patience=BRIEF) as importer:
        return importer.mint_activate_url(consumerid=consumer.consumerid, sync=sync)


def _platform_of(consumer: Consumer) -> Source:
    if consumer.owner is None:
        raise PlatformError("this consumer comes from no platform")
    return consumer.owner
