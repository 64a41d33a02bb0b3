"""What runs in the background on behalf of the pages."""

from celery import shared_task
from django.utils import timezone

from accounts.models import User
from connections import rollup_services
from dashboard import erasing, heartbeat


@shared_task(name="dashboard.heartbeat")
def beat() -> None:
    """Show that beat and a worker are alive."""
    heartbeat.beat(now=timezone.now())


@shared_task(name="dashboard.keep_windows")
def keep_windows() -> None:
    """Keep the cards of errors for the zones that people look from, also right after a midnight of theirs."""
    now = timezone.now()
    rollup_services.use_zones(zones=User.objects.zones_in_use(), now=now)
    rollup_services.turn_windows(now=now)


@shared_task(name="dashboard.purge")
def purge() -> None:
    """Erase what is due; a second run at the same time finds less to do."""
    erasing.purge(now=timezone.now())
