"""Hands what an importer concluded to the pipeline, in batches, and never lets an older reading undo a newer one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import transaction

from common.locks import lock_state
from ingest import pipeline
from ingest.importers.marks import read_marks, set_read_marks
from ingest.importers.protocol import MOST_FAILURES_IN_A_ROW, CredentialsError, PlatformError
from ingest.importers.runs import Recorder
from ingest.pipeline import Outcome
from ingest.records import parse_value

T = TypeVar("T")

Record = dict[str, Any]

BATCH = 100  # objects a transaction


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What a platform said of one object, and when it was asked."""

    key: str
    read_at: datetime
    answer: T


def write(records: Iterable[Record], recorder: Recorder) -> Outcome:
    """Let records take effect, and note what became of them."""
    parsed = [parse_value(record, index) for index, record in enumerate(records)]
    outcome = pipeline.apply(parsed, source=recorder.source, now=recorder.clock()) if parsed else Outcome()
    recorder.add(outcome)
    return outcome


@transaction.atomic
def write_readings(
    readings: Sequence[Reading[T]], conclude: Callable[[Sequence[Reading[T]]], list[Record]], recorder: Recorder
) -> None:
    """Let readings take effect in one transaction, without those of objects that were read again since.

    `conclude` compares them with what is stored; nobody else changes that meanwhile.
    """
    lock_state()
    known = read_marks(recorder.source, [reading.key for reading in readings])
    fresh = [reading for reading in readings if reading.key not in known or known[reading.key] <= reading.read_at]
    write(conclude(fresh), recorder)
    set_read_marks(recorder.source, {reading.key: reading.read_at for reading in fresh})


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Cut what comes into lists of at most that size."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


class Sieve:
    """Passes on what could be read and notes the rest; gives up when the platform has gone away."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._in_a_row = 0
        self.failed: list[str] = []

    def readings(
        self, answered: Iterable[tuple[object, Reading[T] | PlatformError]], what: str
    ) -> Iterator[Reading[T]]:
        """Yield the readings. PlatformError: our credentials were refused, or so many in a row could not be read."""
        for item, answer in answered:
            self._recorder.step()
            if isinstance(answer, PlatformError):
                self._note(f"{what} {item}", answer)
                self.failed.append(str(item))
            else:
                self._in_a_row = 0
                yield answer

    def _note(self, what: str, error: PlatformError) -> None:
        self._recorder.fail(what, error)
        self._in_a_row += 1
        if isinstance(error, CredentialsError) or self._in_a_row >= MOST_FAILURES_IN_A_ROW:
            raise error
