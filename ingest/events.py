"""How event records are judged and gathered; they are written once the whole batch has been judged."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.db import connection as db
from msgspec import UNSET, UnsetType, to_builtins

from common.driver import driver_cursor
from common.rules import DEFAULT_COUNT, DEFAULT_ENTITY
from connections.event_store import ACTIVITY, ERRORS, Table, error_search_key, store
from ingest.records import ActivityRecord, ErrorRecord, Help
from ingest.verdicts import Rejected, Verdict, unknown
from sources.models import Source

T = TypeVar("T")

# How far ahead the clock of a sender may be.
_AHEAD = timedelta(days=1)
_TARGETS = "SELECT key, id, flow, owner_id FROM connections_connection WHERE key = ANY (%s::varchar[])"
_NEEDS = {"created": "source", "updated": "source", "sent": "destination"}


class Target(Protocol):
    """What events need to know of their connection; one that the batch makes gets its key when it is written."""

    @property
    def pk(self) -> Any: ...  # noqa: ANN401, D102 (Django's)
    @property
    def flow(self) -> str: ...  # noqa: D102
    @property
    def owner_id(self) -> int | None: ...  # noqa: D102


class StoredTarget(NamedTuple):
    """A connection that was stored before and that no state record of the batch names."""

    pk: int
    flow: str
    owner_id: int | None


def stored_targets(keys: list[str]) -> dict[str, StoredTarget]:
    """Return the connections of these keys, in one prepared query: every batch of events asks it."""
    with db.wrap_database_errors, driver_cursor() as cursor:
        cursor.execute(_TARGETS, [keys], prepare=True, binary=True)
        return {key: StoredTarget(*rest) for key, *rest in cursor}


class Events:
    """The events of one batch that were accepted so far, each once, by connection and id."""

    def __init__(self, *, source: Source, now: datetime, recount_from: datetime) -> None:
        self._source_id = source.pk
        self._oldest = max(now - timedelta(days=settings.EVENT_RETENTION_DAYS), recount_from)
        self._newest = now + _AHEAD
        self._rows: dict[Table, dict[tuple[str, str], tuple[Any, ...]]] = {ACTIVITY: {}, ERRORS: {}}

    def __bool__(self) -> bool:
        return any(self._rows.values())

    def add_activity(self, record: ActivityRecord, target: Target | None) -> Verdict:
        """Judge an activity record of that connection, and keep it."""
        self._check(record, target, needed=_NEEDS[record.kind])
        count = record.count if isinstance(record.count, int) else DEFAULT_COUNT
        entity = record.entity if isinstance(record.entity, str) else DEFAULT_ENTITY
        return self._keep(ACTIVITY, record, (target, record.id, record.kind, count, entity, record.occurred_at))

    def add_error(self, record: ErrorRecord, target: Target | None) -> Verdict:
        """Judge an error record of that connection, and keep it."""
        self._check(record, target, needed="")
        return self._keep(ERRORS, record, (target, *_error_columns(record)))

    def save(self) -> int:
        """Write what was kept; return how many turned out to be stored already."""
        known = 0
        for table, kept in self._rows.items():
            if kept:
                rows = [(row[0].pk, *row[1:]) for row in kept.values()]
                known += len(rows) - store(table, rows)
        return known

    def _check(self, record: ActivityRecord | ErrorRecord, target: Target | None, *, needed: str) -> None:
        if target is None:
            raise unknown("connection", record.connection)
        if target.owner_id is not None and target.owner_id != self._source_id:
            raise Rejected("other_source", "connection", "this connection belongs to another source")
        if needed and target.flow != needed:
            raise Rejected(
                "wrong_flow", "kind", f'this kind needs the flow "{needed}", the connection\'s is "{target.flow}"'
            )
        if record.occurred_at < self._oldest:
            raise Rejected("too_old", "occurred_at", f"older than {self._oldest.isoformat(timespec='seconds')}")
        if record.occurred_at > self._newest:
            raise Rejected("in_future", "occurred_at", "more than a day in the future")

    def _keep(self, table: Table, record: ActivityRecord | ErrorRecord, row: tuple[Any, ...]) -> Verdict:
        kept, key = self._rows[table], (record.connection, record.id)
        if key in kept:
            return Verdict.DUPLICATE
        kept[key] = row
        return Verdict.ACCEPTED


def _error_columns(record: ErrorRecord) -> tuple[Any, ...]:
    code = _given(record.code, "")
    product = record.product or None
    identifier, label, family = ("", "", "")
    if product is not None:
        identifier = _given(product.identifier, "")
        label, family = _given(product.label, ""), _given(product.family, "")
    return (
        record.id,
        record.category,
        record.message,
        code,
        _given(record.operation, ""),
        record.occurred_at,
        _given(record.entity, DEFAULT_ENTITY),
        identifier,
        label,
        family,
        _given(record.channel, ""),
        _given(record.locale, ""),
        _links(record.help),
        error_search_key(record.message, code, identifier, label, family),
    )


def _links(links: list[Help] | UnsetType | None) -> list[dict[str, str | None]]:
    stored: list[dict[str, str | None]] = to_builtins(links) if isinstance(links, list) else []
    return stored


def _given(value: T | UnsetType | None, default: T) -> T:
    return default if value is None or value is UNSET else value
