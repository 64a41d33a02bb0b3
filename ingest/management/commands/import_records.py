"""manage.py import_records FILE|-."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from ingest.pipeline import Outcome, apply
from ingest.records import Problem, parse_line
from sources.models import Source
from sources.services import file_source

_BATCH = 2_000  # lines a transaction


class Command(BaseCommand):
    """Imports a file of records, one JSON object a line; exit status 1 when anything was rejected."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument."""
        parser.add_argument("file", metavar="FILE", help="a file of records, or - for standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Import batch by batch; what was imported before a fault stays."""
        total = Outcome()
        with _opened(file) as lines, _progress(file) as bar:
            source = file_source(now=timezone.now())
            for first, batch in _numbered(lines):
                outcome = self._import(batch, first, source)
                bar.update(sum(map(len, batch)))
                for problem in outcome.problems:
                    bar.write(_told(problem), file=sys.stderr)
                total.add(outcome)
        self.stdout.write(
            f"accepted {total.accepted:,} · duplicate {total.duplicate:,} · "
            f"stale {total.stale:,} · rejected {total.rejected:,}"
        )
        if total.rejected:
            sys.exit(1)

    @staticmethod
    def _import(batch: list[bytes], first: int, source: Source) -> Outcome:
        parsed = (parse_line(line, index) for index, line in enumerate(batch, first))
        return apply([item for item in parsed if item is not None], source=source, now=timezone.now())


def _told(problem: Problem) -> str:
    where = f" {problem.path}" if problem.path else ""
    return f"line {problem.index + 1}: {problem.code}{where}: {problem.message}"


def _numbered(lines: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """Yield batches of lines, each with the index of its first."""
    first = 0
    while batch := list(islice(lines, _BATCH)):
        yield first, batch
        first += len(batch)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise CommandError(f"{file} can not be read: {error.strerror}") from None


def _progress(file: str) -> "tqdm[Any]":
    """Return a bar that shows on a terminal only; of standard input the size is not known."""
    size = Path(file).stat().st_size if file != "-" and Path(file).is_file() else None
    return tqdm(total=size, unit="B", unit_scale=True, disable=None, leave=False)
