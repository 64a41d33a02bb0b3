"""manage.py import_chift NAME."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from ingest.importers.running import import_all
from ingest.models import ImportRun
from sources.chift import find_account

_EXIT = {ImportRun.Outcome.COMPLETE: 0, ImportRun.Outcome.PARTIAL: 3}


class Command(BaseCommand):
    """Imports a Chift account now; waits while another import of it runs. Exit: 0 complete, 3 partial, 1 failed."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument."""
        parser.add_argument("name", metavar="NAME", help="the name of the source, as given to create_source")

    def handle(self, *args: Any, name: str, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Import, and say what was read and what could not be."""
        account = find_account(name=name)
        if account is None:
            raise CommandError(f"There is no Chift source named {name!r}.")
        with tqdm(unit=" answers", disable=None, leave=False) as bar:
            run = import_all(source=account.source, clock=timezone.now, wait=True, watch=_shown_on(bar))
        if run is None or run.outcome == ImportRun.Outcome.FAILED:
            raise CommandError(_reason(run))
        for error in run.errors:
            self.stderr.write(error)
        self.stdout.write(f"{run.outcome}: {_told(run)}")
        code = _EXIT.get(ImportRun.Outcome(run.outcome), 1)
        if code:
            sys.exit(code)


def _shown_on(bar: "tqdm[Any]") -> Any:  # noqa: ANN401 (a Watcher)
    def watch(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return watch


def _reason(run: ImportRun | None) -> str:
    """Return in one line why an import failed; the reason is its last error."""
    return str(run.errors[-1]).removeprefix("import: ") if run and run.errors else "The import failed."


def _told(run: ImportRun) -> str:
    told = [*run.told, *([("problems", run.error_count)] if run.error_count else [])]
    return " · ".join(f"{words} {count:,}" for words, count in told) or "nothing there"
