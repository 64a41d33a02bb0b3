"""What runs in the background on behalf of the pages."""

from celery import shared_task
from django.utils import timezone

from dashboard import heartbeat


@shared_task(name="dashboard.heartbeat")
def beat() -> None:
    """Show that beat and a worker are alive."""
    heartbeat.beat(now=timezone.now())
