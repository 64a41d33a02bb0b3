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

    def __init__(self, *, source: Source, now: datetime, recount_from: datetime | None) -> None:
        self._source_id = source.pk
        retained_from = now - timedelta(days=settings.EVENT_RETENTION_DAYS)
        self._oldest = max(retained_from, recount_from.astimezone(UTC)) if recount_from else retained_from
        self._newest = now + _AHEAD
        self._activity: dict[tuple[str, str], tuple[Target, ActivityRecord]] = {}
        self._errors: dict[tuple[str, str], tuple[Target, ErrorRecord]] = {}

    def __bool__(self) -> bool:
        return bool(self._activity or self._errors)

    def add_activity(self, record: ActivityRecord, target: Target | None) -> Verdict:
        """Judge an activity record of that connection, and keep it."""
        target = self._checked(record, target, needed=_NEEDS[record.kind])
        key = (record.connection, record.id)
        if key in self._activity:
            return _DUPLICATE
        self._activity[key] = (target, record)
        return _ACCEPTED

    def add_error(self, record: ErrorRecord, target: Target | None) -> Verdict:
        """Judge an error record of that connection, and keep it."""
        target = self._checked(record, target, needed="")
        key = (record.connection, record.id)
        if key in self._errors:
            return _DUPLICATE
        self._errors[key] = (target, record)
        return _ACCEPTED

    def save(self, store: Store) -> int:
        """Write what was kept; return how many turned out to be stored already."""
        # What connections that the batch made are called in the database is known only now.
        activity = [_activity_row(target, record) for target, record in self._activity.values()]
        errors = [_error_row(target, record) for target, record in self._errors.values()]
        batch = {table: rows for table, rows in ((ACTIVITY, activity), (ERRORS, errors)) if rows}
        return len(activity) + len(errors) - store(batch) if batch else 0

    def _checked(self, record: ActivityRecord | ErrorRecord, target: Target | None, *, needed: str) -> Target:
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
        return target


def _activity_row(target: Target, record: ActivityRecord) -> tuple[Any, ...]:
    count = record.count if isinstance(record.count, int) else DEFAULT_COUNT
    entity = record.entity if isinstance(record.entity, str) else DEFAULT_ENTITY
    return target.pk, record.id, record.kind, count, entity, record.occurred_at


def _error_row(target: Target, record: ErrorRecord) -> tuple[Any, ...]:
    code = _given(record.code, "")
    product = record.product or None
    identifier, label, family = ("", "", "")
    if product is not None:
        identifier = _given(product.identifier, "")
        label, family = _given(product.label, ""), _given(product.family, "")
    return (
        target.pk,
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
