"""Runs importers: one full import of a source at a time, each with its row, whatever happens to it."""

import logging
from collections.abc import Callable
from datetime import datetime

from common.locks import IMPORTS, held_by_session
from ingest.importers.protocol import BRIEF, Patience, PlatformError, Wanted
from ingest.importers.registry import importer_of
from ingest.importers.runs import Cancelled, Clock, Recorder, Watcher, begin
from ingest.models import ImportRun
from sources.chift import note_imported, note_started
from sources.models import Source
from sources.services import hear

_log = logging.getLogger(__name__)

_HEARD = (ImportRun.Outcome.COMPLETE, ImportRun.Outcome.PARTIAL)


def import_all(
    *, source: Source, clock: Clock, wait: bool, watch: Watcher | None = None, patience: Patience | None = None
) -> ImportRun | None:
    """Import everything of a source; None when another run of it is under way and we do not wait.

    The lock belongs to the database session, so a killed process lets go of it at once.
    """
    with held_by_session(IMPORTS, source.pk, wait=wait) as held:
        if not held:
            return None
        run = begin(source=source, kind=ImportRun.Kind.FULL, now=clock())
        note_started(account=source.chift, now=run.started_at)
        recorder = Recorder(run, clock=clock, watch=watch)
        _finish(recorder, lambda: _all(recorder, patience or Patience()))
        if run.outcome in _HEARD:
            note_imported(account=source.chift, now=clock())
        return run


def import_some(*, source: Source, wanted: Wanted, clock: Clock) -> tuple[ImportRun, set[str]]:
    """Import what webhooks named; return the run, and what could not be read. The caller holds DELIVERIES."""
    run = begin(source=source, kind=ImportRun.Kind.OBJECT, now=clock())
    recorder = Recorder(run, clock=clock)
    failed: set[str] = set()
    _finish(recorder, lambda: failed.update(_some(recorder, wanted)))
    return run, failed


def close_abandoned(*, source: Source, now: datetime) -> None:
    """End the full runs of a source whose process was killed."""
    with held_by_session(IMPORTS, source.pk, wait=False) as held:
        if held:
            ImportRun.objects.filter(
                source=source, kind=ImportRun.Kind.FULL, finished_at__isnull=True, started_at__lt=now
            ).update(
                finished_at=now,
                outcome=ImportRun.Outcome.FAILED,
                error_count=1,
                errors=["The process that ran it was ended."],
            )


def _all(recorder: Recorder, patience: Patience) -> None:
    with importer_of(recorder.source, patience=patience) as importer:
        importer.import_all(recorder)


def _some(recorder: Recorder, wanted: Wanted) -> set[str]:
    with importer_of(recorder.source, patience=BRIEF) as importer:
        return importer.import_some(wanted, recorder)


def _finish(recorder: Recorder, work: Callable[[], object]) -> None:
    """Do the work and end the run as it deserves; what is no fault of the platform goes on up."""
    try:
        work()
    except PlatformError as error:
        recorder.fail("import", error)
        recorder.finish(ImportRun.Outcome.FAILED)
    except Cancelled:
        recorder.finish(ImportRun.Outcome.CANCELLED)
    except BaseException as error:
        recorder.fail("import", f"stopped by {type(error).__name__}")
        recorder.finish(
            ImportRun.Outcome.CANCELLED if isinstance(error, KeyboardInterrupt) else ImportRun.Outcome.FAILED
        )
        raise
    else:
        problems = recorder.run.error_count
        recorder.finish(ImportRun.Outcome.PARTIAL if problems else ImportRun.Outcome.COMPLETE)
    if recorder.run.outcome in _HEARD:
        hear(source=recorder.source, now=recorder.clock())
    _log.info("%s of %s: %s", recorder.run.get_kind_display(), recorder.source, recorder.run.outcome)
