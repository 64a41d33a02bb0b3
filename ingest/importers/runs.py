"""The life of a run: begun under the source's lock, told about as it goes, cancellable, ended once."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from common.rules import storable
from ingest.models import ImportRun
from ingest.pipeline import Outcome
from ingest.records import Problem
from sources.models import Source

MOST_ERRORS: Final = 100
_MOST_CHARACTERS: Final = 500
_SAVED_EVERY: Final = timedelta(seconds=1)
# What a record may run into without anything being wrong with the import.
_HARMLESS: Final = frozenset({"too_old"})
_PROGRESS: Final = ("done", "total", "counts", "errors", "error_count")

Clock = Callable[[], datetime]


class Watcher(Protocol):
    """Whoever watches a run, such as a progress bar."""

    def __call__(self, done: int, total: int) -> None: ...  # noqa: D102


class Cancelled(Exception):  # noqa: N818 (a wish, not a fault)
    """Somebody asked for the end of the run."""


class Recorder:
    """Writes down how a run goes, at most once a second, and learns at the same time whether it shall end."""

    def __init__(self, run: ImportRun, *, clock: Clock, watch: Watcher | None = None) -> None:
        self.run = run
        self.clock = clock
        self.outcome = Outcome()
        self._counts: Counter[str] = Counter()
        self._watch = watch
        self._saved_at = run.started_at

    @property
    def source(self) -> Source:
        """The source that is read."""
        return self.run.source

    def expect(self, more: int) -> None:
        """Add to what the run will read."""
        self.run.total += more

    def step(self, done: int = 1) -> None:
        """Note that so much was read. Cancelled, when somebody asked for that."""
        self.run.done += done
        self.run.total = max(self.run.total, self.run.done)
        if self._watch:
            self._watch(self.run.done, self.run.total)
        now = self.clock()
        if now - self._saved_at >= _SAVED_EVERY:
            self._saved_at = now
            self.save()

    def count(self, **counts: int) -> None:
        """Add to what is told of the run."""
        self._counts.update(counts)

    def fail(self, what: str, error: object) -> None:
        """Note what could not be read or stored; it makes the run partial."""
        self.run.error_count += 1
        if len(self.run.errors) < MOST_ERRORS:
            self.run.errors.append(storable(f"{what}: {error}", _MOST_CHARACTERS))

    def add(self, outcome: Outcome) -> None:
        """Note what became of records; a rejected one makes the run partial."""
        self.count(accepted=outcome.accepted, duplicate=outcome.duplicate, stale=outcome.stale)
        for problem in outcome.problems:
            if problem.code not in _HARMLESS:
                self.fail(problem.type or "record", _told(problem))

    def save(self) -> None:
        """Write the progress down. Cancelled, when somebody asked for that."""
        self.run.counts = dict(self._counts)
        self.run.save(update_fields=_PROGRESS)
        if ImportRun.objects.filter(pk=self.run.pk, cancel_asked_at__isnull=False).exists():
            raise Cancelled

    def finish(self, outcome: ImportRun.Outcome) -> None:
        """End the run."""
        self.run.counts = dict(self._counts)
        self.run.outcome = outcome
        self.run.finished_at = self.clock()
        self.run.save(update_fields=[*_PROGRESS, "outcome", "finished_at"])


def begin(*, source: Source, kind: ImportRun.Kind, now: datetime) -> ImportRun:
    """Begin a run; the caller holds the lock of its kind, so earlier ones without an end were killed."""
    abandoned = ImportRun.objects.filter(source=source, kind=kind, finished_at__isnull=True)
    for run in abandoned:
        run.errors = [*run.errors, "The process that ran it was ended."]
        run.error_count += 1
        run.outcome, run.finished_at = ImportRun.Outcome.FAILED, now
        run.save()
    return ImportRun.objects.create(source=source, kind=kind, started_at=now)


def _told(problem: Problem) -> str:
    where = f" {problem.path}" if problem.path else ""
    return f"{problem.code}{where}: {problem.message}"
