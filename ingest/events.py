"""How event records are judged and gathered; they are written once the whole batch has been judged.

Every event of every batch comes by here: what is done once per event is kept short on purpose.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.db import connection as db
from msgspec import UNSET, UnsetType, to_builtins

from common.driver import driver_cursor
from common.rules import DEFAULT_COUNT, DEFAULT_ENTITY
from connections.event_store import ACTIVITY, ERRORS, Rows, Table, error_search_key
from ingest.records import ActivityRecord, ErrorRecord, Help
from ingest.verdicts import Rejected, Verdict, unknown
from sources.models import Source

T = TypeVar("T")
Store = Callable[[Mapping[Table, Rows]], int]

# How far ahead the clock of a sender may be.
_AHEAD = timedelta(days=1)
_TARGETS = "SELECT recount_from, key, id, flow, owner_id FROM event_targets(%s::varchar[])"
# Looked up once: members of an enumeration are slow to reach.
_ACCEPTED, _DUPLICATE = Verdict.ACCEPTED, Verdict.DUPLICATE
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


def load_targets(keys: list[str]) -> tuple[datetime | None, dict[str, StoredTarget]]:
    """Return since when all events are stored (None: always), and the connections of these keys.

    It also keeps connections from being erased until the transaction ends (common.locks.EVENTS). One prepared query,
    since every batch of events asks it.
    """
    with db.wrap_database_errors, driver_cursor() as cursor:
        cursor.execute(_TARGETS, [keys], prepare=True, binary=True)
        rows = cursor.fetchall()
    return rows[0][0], {key: StoredTarget(*rest) for _, key, *rest in rows if key is not None}


class Events:
    """The events of one batch that were accepted so far, each once, by connection and id."""

    def __init__(
        self, *, source: Source, now: datetime, recount_from: datetime | None, find: Callable[[str], Target | None]
    ) -> None:
        self._find = find
        self._source_id = source.pk
        retained_from = now - timedelta(days=settings.EVENT_RETENTION_DAYS)
        self._oldest = max(retained_from, recount_from.astimezone(UTC)) if recount_from else retained_from
        self._newest = now + _AHEAD
        self._kept: dict[str, _Kept] = {}

    def __bool__(self) -> bool:
        return any(kept.activity or kept.errors for kept in self._kept.values())

    def add(self, record: ActivityRecord | ErrorRecord) -> Verdict:
        """Judge an event, and keep it."""
        kept = self._kept.get(record.connection) or self._begin(record.connection)
        target = kept.target
        if target.owner_id is not None and target.owner_id != self._source_id:
            raise Rejected("other_source", "connection", "this connection belongs to another source")
        events: dict[str, Any] = kept.errors
        if type(record) is ActivityRecord:
            events = kept.activity
            if target.flow != _NEEDS[record.kind]:
                raise _wrong_flow(record, target)
        if record.occurred_at < self._oldest:
            raise Rejected("too_old", "occurred_at", f"older than {self._oldest.isoformat(timespec='seconds')}")
        if record.occurred_at > self._newest:
            raise Rejected("in_future", "occurred_at", "more than a day in the future")
        if record.id in events:
            return _DUPLICATE
        events[record.id] = record
        return _ACCEPTED

    def save(self, store: Store) -> int:
        """Write what was kept; return how many turned out to be stored already."""
        # What connections that the batch made are called in the database is known only now.
        # To sort connections, and the ids of each, is quicker than what the store would do with rows in no order.
        kept = sorted(self._kept.values(), key=lambda kept: int(kept.target.pk))
        activity = [_activity_row(k.target.pk, k.activity[id_]) for k in kept for id_ in sorted(k.activity)]
        errors = [_error_row(k.target.pk, k.errors[id_]) for k in kept for id_ in sorted(k.errors)]
        batch = {table: rows for table, rows in ((ACTIVITY, activity), (ERRORS, errors)) if rows}
        return len(activity) + len(errors) - store(batch) if batch else 0

    def _begin(self, key: str) -> "_Kept":
        target = self._find(key)
        if target is None:
            raise unknown("connection", key)
        self._kept[key] = kept = _Kept(target, {}, {})
        return kept


class _Kept(NamedTuple):
    """The events of one connection, by id."""

    target: Target
    activity: dict[str, ActivityRecord]
    errors: dict[str, ErrorRecord]


def _wrong_flow(record: ActivityRecord, target: Target) -> Rejected:
    needed = _NEEDS[record.kind]
    message = f'this kind needs the flow "{needed}", the connection\'s is "{target.flow}"'
    return Rejected("wrong_flow", "kind", message)


def _activity_row(connection_id: int, record: ActivityRecord) -> tuple[Any, ...]:
    count = record.count if isinstance(record.count, int) else DEFAULT_COUNT
    entity = record.entity if isinstance(record.entity, str) else DEFAULT_ENTITY
    return connection_id, record.id, record.kind, count, entity, record.occurred_at


def _error_row(connection_id: int, record: ErrorRecord) -> tuple[Any, ...]:
    code = _given(record.code, "")
    product = record.product or None
    identifier, label, family = ("", "", "")
    if product is not None:
        identifier = _given(product.identifier, "")
        label, family = _given(product.label, ""), _given(product.family, "")
    return (
        connection_id,
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
