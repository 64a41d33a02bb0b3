"""The one way in: every door (HTTP, file, importer, demo) hands its records to `apply`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
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

_APPLY_STATE: Mapping[type[RecordType], Callable[[Batch, Any], Verdict]] = {
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
        verdicts, problems = _judge(batch, parsed)
        # Events that turn out to be stored already are duplicates, too.
        known = batch.save(is_repeated=is_repeated)
        if batch.events:
            transaction.on_commit(kick)
    return Outcome(
        accepted=verdicts.count(Verdict.ACCEPTED) - known,
        duplicate=verdicts.count(Verdict.DUPLICATE) + known,
        stale=verdicts.count(Verdict.STALE),
        problems=problems,
    )


def _judge(batch: Batch, parsed: Sequence[Parsed]) -> tuple[list[Verdict], list[Problem]]:
    """Let the records take effect in memory; what is done here once per record is kept short on purpose."""
    apply_to: dict[type[RecordType], Callable[[Any], Verdict]] = {
        **{type_: partial(apply_state, batch) for type_, apply_state in _APPLY_STATE.items()},
        ActivityRecord: batch.events.add,
        ErrorRecord: batch.events.add,
    }
    verdicts: list[Verdict] = []
    problems: list[Problem] = []
    for item in parsed:
        if isinstance(item, Problem):
            problems.append(item)
            continue
        index, record = item
        try:
            verdicts.append(apply_to[type(record)](record))
        except Rejected as rejected:
            name = str(record.__struct_config__.tag)
            problems.append(Problem(index, name, rejected.code, rejected.path, rejected.message))
    return verdicts, problems
