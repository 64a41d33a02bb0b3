"""manage.py rebuild_rollups [--since DATE]."""

from argparse import ArgumentParser
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.windows import WindowError, read_day
from connections.rollup_services import rebuild


class Command(BaseCommand):
    """Makes the 7-day numbers anew from the events that are stored; senders of events wait meanwhile."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option."""
        parser.add_argument("--since", metavar="DATE", help="only from that day (UTC) on, such as 2026-03-30")

    def handle(self, *args: Any, since: str | None, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's)
        """Rebuild, and say since when."""
        try:
            start = datetime.combine(read_day(since), time.min, UTC) if since else None
        except WindowError as error:
            raise CommandError(f"--since: {error}") from None
        rebuilt = rebuild(since=start)
        self.stdout.write(f"rebuilt from {rebuilt:%Y-%m-%d %H:%M} UTC on")
