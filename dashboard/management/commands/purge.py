"""manage.py purge."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.erasing import erase_due


class Command(BaseCommand):
    """Erases consumers that were deleted on the screen 30 days ago or earlier; beat runs it every day."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Erase what is due, and say how much that was."""
        count = erase_due(now=timezone.now())
        self.stdout.write(f"{count} consumers erased")
