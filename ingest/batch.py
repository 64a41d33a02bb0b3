"""One batch of records on its way in: what is loaded, what took effect, what will be written.

All rows that the records name are loaded in a fixed number of queries, the records take effect on them in memory and
in order, and what changed is written in a fixed number of queries, whatever the size of the batch.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import UnsetType

from connections.models import Connection, Connector, StatusChange, UnifiedApi
from connections.services import save_connections, save_connectors, save_unified_apis
from consumers.models import Consumer, ErasedConsumer
from consumers.services import save_consumers
from ingest.book import Book
from ingest.records import ActivationRecord, ConnectionRecord, ConnectorRecord, ConsumerRecord, RecordType, SyncRecord
from ingest.records import Requirement as RequirementRecord
from sources.models import Source
from syncs.models import Activation, Requirement, Sync
from syncs.services import save_activations, save_syncs


class Batch:
    """The rows concerned by a sequence of records, and the changes they make."""

    def __init__(self, records: Sequence[RecordType], *, source: Source, now: datetime) -> None:
        self.source = source
        self.now = now
        self.history: list[StatusChange] = []
        self.consumer_ids: set[int] = set()
        self.moved: dict[int, Connector] = {}
        self._load(records)

    def _load(self, records: Sequence[RecordType]) -> None:
        named = Named(records)
        connections = Connection.objects.select_related("consumer", "connector")
        self.connections = Book({c.key: c for c in connections.filter(key__any_of=named.connections)})
        self.connectors = Book(
            {c.key: c for c in Connector.objects.select_related("unified_api").filter(key__any_of=named.connectors)}
        )
        self.consumers = Book({c.consumerid: c for c in Consumer.objects.filter(consumerid__any_of=named.consumers)})
        erased = ErasedConsumer.objects.filter(consumerid__any_of=named.consumers)
        self.erased = set(erased.values_list("consumerid", flat=True))
        self.unified_apis = Book({u.name: u for u in UnifiedApi.objects.filter(name__any_of=named.unified_apis)})
        self._load_syncs(named)

    def _load_syncs(self, named: "Named") -> None:
        """Load syncs and activations only for batches that name some: most batches do not."""
        self.requirements: dict[str, list[Requirement]] = {}
        syncs = Sync.objects.filter(key__any_of=named.syncs) if named.syncs else ()
        self.syncs = Book({s.key: s for s in syncs})
        self.activations: Book[Activation] = Book({})
        if named.activating:
            stored = Activation.objects.filter(
                sync__key__any_of=named.syncs, consumer__consumerid__any_of=named.activating
            ).select_related("sync", "consumer")
            self.activations = Book({activation_key(a.sync.key, a.consumer.consumerid): a for a in stored})

    def save(self) -> None:
        """Write everything that changed, parents first."""
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
        connectors = [r for r in records if isinstance(r, ConnectorRecord)]
        consumers = [r for r in records if isinstance(r, ConsumerRecord)]
        connections = [r for r in records if isinstance(r, ConnectionRecord)]
        syncs = [r for r in records if isinstance(r, SyncRecord)]
        activations = [r for r in records if isinstance(r, ActivationRecord)]
        slots = [slot for r in syncs for slot in _listed(r.requires)]
        self.connections = _distinct(r.connection for r in connections)
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


def _distinct(keys: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(key for key in keys if isinstance(key, str)))
