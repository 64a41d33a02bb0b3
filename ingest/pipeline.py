"""The one way in: every door (HTTP, file, importer, demo) hands its records to `apply`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from common.locks import lock_state
from ingest.batch import Batch
from ingest.records import (
    ActivationRecord,
    ConnectionRecord,
    ConnectorRecord,
    ConsumerRecord,
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
        lock_state()
        batch = Batch([item[1] for item in parsed if not isinstance(item, Problem)], source=source, now=now)
        for item in parsed:
            _settle(outcome, batch, item)
        batch.save()
    return outcome


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
