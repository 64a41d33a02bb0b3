"""manage.py purge."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.erasing import purge


class Command(BaseCommand):
    """Erases consumers deleted on the screen 30 days ago, and events and buckets past their retention; beat runs it."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Erase what is due, and say how much that was."""
        purged = purge(now=timezone.now())
        self.stdout.write(
            f"{purged.consumers:,} consumers, {purged.events:,} events, {purged.buckets:,} buckets, "
            f"{purged.deliveries:,} deliveries and runs erased"
        )
