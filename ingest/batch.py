"""One batch of records on its way in: what is loaded, what took effect, what will be written.

All rows that the records name are loaded in a fixed number of queries, the records take effect on them in memory and
in order, and what changed is written in a fixed number of queries, whatever the size of the batch.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from connections.models import Connection, Connector, StatusChange, UnifiedApi
from connections.services import save_connections, save_connectors, save_unified_apis
from consumers.models import Consumer
from consumers.services import save_consumers
from ingest.book import Book
from ingest.records import ConnectionRecord, ConnectorRecord, ConsumerRecord, RecordType
from sources.models import Source


class Batch:
    """The rows concerned by a sequence of records, and the changes they make."""

    def __init__(self, records: Sequence[RecordType], *, source: Source, now: datetime) -> None:
        self.source = source
        self.now = now
        self.history: list[StatusChange] = []
        self.consumer_ids: set[int] = set()
        self._load(records)

    def _load(self, records: Sequence[RecordType]) -> None:
        connections = [r for r in records if isinstance(r, ConnectionRecord)]
        connectors = [r for r in records if isinstance(r, ConnectorRecord)]
        consumers = [r for r in records if isinstance(r, ConsumerRecord)]
        stored = Connection.objects.select_related("consumer", "connector")
        self.connections = Book(
            {c.key: c for c in stored.filter(key__any_of=_distinct(r.connection for r in connections))}
        )
        keys = _distinct(r.connector for r in (*connectors, *connections))
        self.connectors = Book({c.key: c for c in Connector.objects.filter(key__any_of=keys)})
        ids = _distinct(r.consumer for r in (*consumers, *connections))
        self.consumers = Book({c.consumerid: c for c in Consumer.objects.filter(consumerid__any_of=ids)})
        names = _distinct(r.unified_api for r in connectors)
        self.unified_apis = Book({u.name: u for u in UnifiedApi.objects.filter(name__any_of=names)})

    def save(self) -> None:
        """Write everything that changed, parents first."""
        save_unified_apis(new=self.unified_apis.new)
        save_connectors(new=self.connectors.new, changed=self.connectors.changed)
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


def _distinct(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))
