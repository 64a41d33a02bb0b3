"""The one way in: every door (HTTP, file, importer, demo) hands its records to `apply`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from common.locks import lock_state
from connections.tasks import kick
from ingest.batch import Batch
from ingest.records import (
    ActivationRecord,
    ActivityRecord,
    ConnectionRecord,
    ConnectorRecord,
    ConsumerRecord,
    ErrorRecord,
    Parsed,
    Problem,
    RecordType,
    SyncRecord,
)
from ingest.states import apply_connection, apply_connector, apply_consumer
from ingest.states_of_syncs import apply_activation, apply_sync
from ingest.verdicts import Rejected, Verdict
from sources.models import Source

_APPLY: Mapping[type[RecordType], Callable[[Batch, Any], Verdict]] = {
    ConnectorRecord: apply_connector,
    ConsumerRecord: apply_consumer,
    ConnectionRecord: apply_connection,
    SyncRecord: apply_sync,
    ActivationRecord: apply_activation,
    ActivityRecord: lambda batch, record: batch.events.add_activity(record, batch.target(record.connection)),
    ErrorRecord: lambda batch, record: batch.events.add_error(record, batch.target(record.connection)),
}


@dataclass(slots=True)
class Outcome:
    """What became of a batch; the four counts add up to its records."""

    accepted: int = 0
    duplicate: int = 0
    stale: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many records were rejected, each with its problem."""
        return len(self.problems)

    def add(self, other: "Outcome") -> None:
        """Add what became of another batch."""
        self.accepted += other.accepted
        self.duplicate += other.duplicate
        self.stale += other.stale
        self.problems += other.problems


def apply(parsed: Sequence[Parsed], *, source: Source, now: datetime) -> Outcome:
    """Let the records take effect in order, in one transaction; a bad record is rejected alone.

    When it returns inside no outer transaction, everything accepted is committed. A fault (the database went away)
    raises, and nothing has happened.
    """
    outcome = Outcome()
    with transaction.atomic():
        records = [item[1] for item in parsed if not isinstance(item, Problem)]
        if not all(isinstance(record, ActivityRecord | ErrorRecord) for record in records):
            lock_state()
        batch = Batch(records, source=source, now=now)
        for item in parsed:
            _settle(outcome, batch, item)
        _recognise(outcome, batch.save())
        if batch.events:
            transaction.on_commit(kick)
    return outcome


def _recognise(outcome: Outcome, known: int) -> None:
    """Count events that turned out to be stored already as what they are."""
    outcome.accepted -= known
    outcome.duplicate += known


def _settle(outcome: Outcome, batch: Batch, item: Parsed) -> None:
    if isinstance(item, Problem):
        outcome.problems.append(item)
        return
    index, record = item
    try:
        verdict = _APPLY[type(record)](batch, record)
    except Rejected as rejected:
        name = str(record.__struct_config__.tag)
        outcome.problems.append(Problem(index, name, rejected.code, rejected.path, rejected.message))
        return
    setattr(outcome, verdict.value, getattr(outcome, verdict.value) + 1)
