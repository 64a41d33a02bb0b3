"""What runs in the background on behalf of the pages."""

from celery import shared_task
from django.utils import timezone

from dashboard import heartbeat
from dashboard.erasing import erase_due


@shared_task(name="dashboard.heartbeat")
def beat() -> None:
    """Show that beat and a worker are alive."""
    heartbeat.beat(now=timezone.now())


@shared_task(name="dashboard.purge")
def purge() -> None:
    """Erase what is due; a second run at the same time finds less to do."""
    erase_due(now=timezone.now())
