"""The one way in: every door (HTTP, file, importer, demo) hands its records to `apply`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from common.locks import lock_state
from connections.event_store import AlreadyStoredError
from connections.tasks import kick
from ingest.batch import Batch, Named
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
    ActivityRecord: Batch.add_activity,
    ErrorRecord: Batch.add_error,
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
    try:
        return _apply(parsed, source=source, now=now, is_repeated=False)
    except AlreadyStoredError:
        return _apply(parsed, source=source, now=now, is_repeated=True)


def _apply(parsed: Sequence[Parsed], *, source: Source, now: datetime, is_repeated: bool) -> Outcome:
    with transaction.atomic():
        named = Named([item[1] for item in parsed if not isinstance(item, Problem)])
        if named.has_states:
            lock_state()
        batch = Batch(named, source=source, now=now)
        problems: list[Problem] = []
        fates = [_settle(batch, item, problems) for item in parsed]
        # Events that turn out to be stored already are duplicates, too.
        known = batch.save(is_repeated=is_repeated)
        if batch.events:
            transaction.on_commit(kick)
    return Outcome(
        accepted=fates.count(Verdict.ACCEPTED) - known,
        duplicate=fates.count(Verdict.DUPLICATE) + known,
        stale=fates.count(Verdict.STALE),
        problems=problems,
    )


def _settle(batch: Batch, item: Parsed, problems: list[Problem]) -> Verdict | None:
    if isinstance(item, Problem):
        problems.append(item)
        return None
    index, record = item
    try:
        return _APPLY[type(record)](batch, record)
    except Rejected as rejected:
        name = str(record.__struct_config__.tag)
        problems.append(Problem(index, name, rejected.code, rejected.path, rejected.message))
        return None
