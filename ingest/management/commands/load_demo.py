"""manage.py load_demo [--consumers N --days D --seed S]."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ingest.demo.loader import load
from sources.services import file_source


class Command(BaseCommand):
    """Fills the database with an invented integrator's customers, through the pipeline that every feed goes through."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--consumers", type=int, default=420, metavar="N", help="how many consumers (420)")
        parser.add_argument("--days", type=int, default=14, metavar="D", help="how many days of events (14)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same data (1)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Load, and say what was loaded."""
        now = timezone.now()
        outcome = load(
            source=file_source(now=now),
            now=now,
            count=options["consumers"],
            days=options["days"],
            seed=options["seed"],
        )
        self.stdout.write(f"{outcome.accepted:,} records of the demo loaded")
