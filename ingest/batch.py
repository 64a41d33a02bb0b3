"""One batch of records on its way in: what is loaded, what took effect, what will be written.

All rows that the records name are loaded in a fixed number of queries, the records take effect on them in memory and
in order, and what changed is written in a fixed number of queries, whatever the size of the batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from msgspec import UnsetType

from connections.event_store import store_all, store_new
from connections.models import Connection, Connector, StatusChange, UnifiedApi
from connections.services import save_connections, save_connectors, save_unified_apis
from consumers.models import Consumer, ErasedConsumer
from consumers.services import save_consumers
from ingest.book import Book
from ingest.events import Events, StoredTarget, Target, load_targets
from ingest.records import (
    ActivationRecord,
    ActivityRecord,
    ConnectionRecord,
    ConnectorRecord,
    ConsumerRecord,
    ErrorRecord,
    RecordType,
    SyncRecord,
)
from ingest.records import Requirement as RequirementRecord
from sources.models import Source
from syncs.models import Activation, Requirement, Sync
from syncs.services import save_activations, save_syncs

M = TypeVar("M", bound=Model)


class Batch:
    """The rows that a sequence of records names, and the changes they make."""

    def __init__(self, named: "Named", *, source: Source, now: datetime) -> None:
        self.source = source
        self.now = now
        self.history: list[StatusChange] = []
        self.consumer_ids: set[int] = set()
        self.moved: dict[int, Connector] = {}
        self._has_states = named.has_states
        self._load(named)
        self._load_syncs(named)
        self._load_events(named)

    def _load(self, named: "Named") -> None:
        connections = _rows(Connection, "key", named.connections, joined=("consumer", "connector"))
        connectors = _rows(Connector, "key", named.connectors, joined=("unified_api",))
        self.connections = Book({c.key: c for c in connections})
        self.connectors = Book({c.key: c for c in connectors})
        self.consumers = Book({c.consumerid: c for c in _rows(Consumer, "consumerid", named.consumers)})
        self.erased = {c.consumerid for c in _rows(ErasedConsumer, "consumerid", named.consumers)}
        self.unified_apis = Book({u.name: u for u in _rows(UnifiedApi, "name", named.unified_apis)})

    def _load_syncs(self, named: "Named") -> None:
        self.requirements: dict[str, list[Requirement]] = {}
        self.syncs = Book({s.key: s for s in _rows(Sync, "key", named.syncs)})
        joined, also = ("sync", "consumer"), {"sync__key__any_of": named.syncs}
        stored = _rows(Activation, "consumer__consumerid", named.activating, joined=joined, **also)
        self.activations = Book({activation_key(a.sync.key, a.consumer.consumerid): a for a in stored})

    def _load_events(self, named: "Named") -> None:
        """Load of the connections that only events name no more than events need.

        The others are held as the records so far have left them.
        """
        stored: dict[str, StoredTarget] = {}
        recount_from = None
        if named.has_events:
            recount_from, stored = load_targets(named.heard_of)

        def find(key: str) -> Target | None:
            return stored.get(key) or self.connections.get(key)

        self.events = Events(source=self.source, now=self.now, recount_from=recount_from, find=find)

    def save(self, *, is_repeated: bool) -> int:
        """Write everything that changed, parents first; return how many events were stored already.

        Nearly always none is, so a batch of nothing but events is written by the shorter way, which raises
        AlreadyStoredError when one is; then the whole batch is to be repeated. One that changes states may have taken
        seconds until here, and is not done twice.
        """
        if self._has_states:
            self._save_states()
        return self.events.save(store_new if is_repeated or self._has_states else store_all)

    def _save_states(self) -> None:
        save_unified_apis(new=self.unified_apis.new)
        save_connectors(new=self.connectors.new, changed=self.connectors.changed, moved=self.moved, now=self.now)
        save_consumers(new=self.consumers.new, changed=self.consumers.changed)
        new = self.connections.new
        changed = self.connections.changed
        if new or changed:
            # What new consumers are called in the database is known only now.
            save_connections(
                new=new,
                changed=changed,
                history=self.history,
                consumer_ids=self.consumer_ids | {c.consumer.pk for c in (*new, *changed)},
                now=self.now,
            )
        save_syncs(new=self.syncs.new, changed=self.syncs.changed, requirements=self.requirements)
        save_activations(new=self.activations.new, changed=self.activations.changed)


class Named:
    """The keys that a sequence of records names, each once."""

    def __init__(self, records: Sequence[RecordType]) -> None:
        types = set(map(type, records))
        by_type: defaultdict[type[RecordType], list[Any]] = defaultdict(list)
        by_type.update({type_: [record for record in records if type(record) is type_] for type_ in types})
        connectors: list[ConnectorRecord] = by_type[ConnectorRecord]
        consumers: list[ConsumerRecord] = by_type[ConsumerRecord]
        connections: list[ConnectionRecord] = by_type[ConnectionRecord]
        syncs: list[SyncRecord] = by_type[SyncRecord]
        activations: list[ActivationRecord] = by_type[ActivationRecord]
        events: list[ActivityRecord | ErrorRecord] = [*by_type[ActivityRecord], *by_type[ErrorRecord]]
        slots = [slot for r in syncs for slot in _listed(r.requires)]
        self.connections = _distinct(r.connection for r in connections)
        # Connections that state records name as well are held whole: what those change must reach the events.
        self.heard_of = list({r.connection for r in events}.difference(self.connections))
        self.has_events = bool(events)
        self.has_states = len(events) < len(records)
        self.connectors = _distinct(
            [r.connector for r in connectors] + [r.connector for r in connections] + [s.connector for s in slots]
        )
        self.activating = _distinct(r.consumer for r in activations)
        self.consumers = _distinct(
            [r.consumer for r in consumers] + [r.consumer for r in connections] + self.activating
        )
        self.unified_apis = _distinct([r.unified_api for r in connectors] + [s.unified_api for s in slots])
        self.syncs = _distinct([r.sync for r in syncs] + [r.sync for r in activations])


def activation_key(sync: str, consumer: str) -> str:
    """Return the key under which a batch holds an activation; neither part can hold the slash."""
    return f"{sync}/{consumer}"


def _listed(requires: list[RequirementRecord] | UnsetType | None) -> list[RequirementRecord]:
    return requires if isinstance(requires, list) else []


def _rows(model: type[M], field: str, keys: list[str], *, joined: tuple[str, ...] = (), **also: object) -> Iterable[M]:
    """Return the rows whose field is one of the keys, with what is joined; without keys not even a query is built."""
    if not keys:
        return ()
    rows: QuerySet[M] = model._default_manager.filter(**{f"{field}__any_of": keys}, **also)  # noqa: SLF001 (Django's)
    return rows.select_related(*joined) if joined else rows


def _distinct(keys: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(key for key in keys if isinstance(key, str)))
