"""A random world, and the lists of it worked out by plain Python from the rows themselves."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from random import Random
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connections.models import Connection, Connector
from consumers.models import Consumer
from tests import make

STRANGE = [
    "=cmd()",
    '"a";b',
    "100%_\\",
    "<script>alert(1)</script>",
    "Élan İstanbul 東京 مرحبا 🙂",
    "x" * 255,
    "two\nlines",
    "-1+1",
    "@mention",
    "\tTab",
    "C++ (old)",
    "ELAN vital",
]
_PLAIN = ["Anna", "Bert", "Café Belga", "De Rank", "Étoile", "Zebra", "apple", "Müller & Söhne", "O’Brien", "Noord 100"]
_STATUSES = ["active", "active", "active", "pending", "failed"]
_START = datetime(2026, 3, 1, tzinfo=UTC)


def fill(seed, count):
    """Make unified APIs, connectors, consumers and connections, some of them deleted, most of them strange."""
    random = Random(seed)
    apis = ["Accounting", "Point of Sale", "PMS & more"]
    names = ["Odoo", "Shopify", "exact Online", "Élan Pay", "Odoo", "=Formula", "Rare"]
    connectors = [make.connector(name, unified_api_name=apis[i % 3], key=f"k {i}") for i, name in enumerate(names)]
    now = _START + timedelta(days=60)
    consumers = []
    for number in range(count):
        name = (
            STRANGE[number]
            if number < len(STRANGE)
            else f"{random.choice(_PLAIN)} {random.choice(['', 'x', 'Y'])}{number % 7}"
        )
        row = Consumer(
            consumerid=f"id-{number}" if number % 11 else f"=id {number}%&?",
            name=name,
            email=random.choice(["", f"it{number}@élan.example", "+a@b.example"]),
            internal_reference=random.choice(["", f"CUST-{number}", "@ref"]),
            created_at=_START + timedelta(minutes=15 * random.randrange(60 * 96), microseconds=random.choice([0, 5])),
            received_at=now,
            is_deleted=random.random() < 0.05,
        )
        row.set_keys()
        consumers.append(row)
    Consumer.objects.bulk_create(consumers)
    Connection.objects.bulk_create(
        [
            _connection(random, number, random.choice(consumers), random.choice(connectors[:-1]), now)
            for number in range(count * 2)
        ]
    )


def _connection(random, number, consumer, connector, now):
    status = random.choice(_STATUSES)
    flow = random.choice(["source", "destination", "other"])
    at = now - timedelta(hours=random.randrange(1000))
    row = Connection(
        key=f"c {number}",
        consumer=consumer,
        connector=connector,
        name=random.choice(["", f"{connector.name} of {consumer.name}"[:255], "Élan", f"=x{number}"]),
        status=status,
        status_since=at,
        failure_code=random.choice(["", "auth"]) if status == "failed" else "",
        failure_message=random.choice(["", "-no", "Refused,\n“really”"]) if status == "failed" else "",
        flow=flow,
        is_tracked=flow != "other" and random.random() < 0.6,
        changed_at=at,
        created_at=at,
        received_at=now,
        is_deleted=random.random() < 0.05,
        consumer_is_live=not consumer.is_deleted,
    )
    row.set_keys()
    return row


# --- what the lists must say ------------------------------------------------------------------------------------------


def key(text):
    """The search key of a text, written down a second time."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFKD", plain.casefold()).encode()


@dataclass
class World:
    """All rows, read once."""

    consumers: list[Consumer]
    connections: list[Connection]
    connectors: dict[int, Connector]

    def of(self, consumer):
        """Its connections that are not deleted, by the name of the connector."""
        found = [c for c in self.connections if c.consumer_id == consumer.pk and not c.is_deleted]
        return sorted(found, key=lambda c: (key(self.connectors[c.connector_id].name), c.connector_id))


def read():
    """Read the world."""
    connectors = {row.pk: row for row in Connector.objects.select_related("unified_api")}
    return World(list(Consumer.objects.all()), list(Connection.objects.all()), connectors)


def issue_of(connections):
    """The definition, first match wins."""
    statuses = {c.status for c in connections}
    if "failed" in statuses:
        return "connection_failed"
    if not statuses:
        return "nothing"
    return "" if "active" in statuses else "connection_pending"


def consumers(world, filters, sort="name", zone="UTC"):
    """The consumerids that the filters leave, in order."""
    rows = [c for c in world.consumers if not c.is_deleted and _fits_consumer(world, c, filters, ZoneInfo(zone))]
    keys = {
        "name": lambda c: (key(c.name),),
        "consumerid": lambda c: (c.consumerid.encode(),),
        "connections": lambda c: (len(world.of(c)), key(c.name)),
        "issue": lambda c: (issue_of(world.of(c)), key(c.name)),
        "created_at": lambda c: (c.created_at,),
        "failed_connections": lambda c: (sum(x.status == "failed" for x in world.of(c)), key(c.name)),
    }
    return [c.consumerid for c in _sorted(rows, keys, sort)]


def connections(world, filters, sort="name"):
    """The keys of the connections that the filters leave, in order."""
    by_pk = {c.pk: c for c in world.consumers}
    rows = [
        c
        for c in world.connections
        if not c.is_deleted and not by_pk[c.consumer_id].is_deleted and _fits_connection(world, c, by_pk, filters)
    ]
    keys = {
        "name": lambda c: (key(c.name),),
        "consumer": lambda c: (key(by_pk[c.consumer_id].name), c.consumer_id),
        "status": lambda c: (c.status, key(c.name)),
        "flow": lambda c: (c.flow, key(c.name)),
        "tracked": lambda c: (c.is_tracked, key(c.name)),
        "changed_at": lambda c: (c.changed_at,),
        "connector": lambda c: (key(world.connectors[c.connector_id].name), c.connector_id, key(c.name)),
    }
    return [c.key for c in _sorted(rows, keys, sort)]


def _sorted(rows, keys, sort):
    by = keys[sort.removeprefix("-")]
    return sorted(rows, key=lambda row: (*by(row), row.pk), reverse=sort.startswith("-"))


def _any(filters, name, fits):
    values = [value for value in filters.get(name, []) if value]
    return not values or any(fits(value) for value in values)


def _found(consumer, text):
    parts = [consumer.name, consumer.email, consumer.internal_reference]
    return consumer.consumerid == text or (key(text) and any(key(text) in key(part) for part in parts))


def _fits_consumer(world, consumer, filters, zone):
    own = world.of(consumer)
    day = consumer.created_at.astimezone(zone).date().isoformat()
    is_active = any(c.status == "active" for c in own)
    issue = issue_of(own)
    asked = any(any(filters.get(name, [])) for name in ("connector", "unified_api", "status"))
    return (
        _any(filters, "q", lambda text: _found(consumer, text))
        and _any(filters, "active", lambda value: is_active == (value == "true"))
        and _any(filters, "issue", lambda value: issue == ("" if value == "none" else value))
        and _any(filters, "created_from", lambda value: day >= value)
        and _any(filters, "created_to", lambda value: day <= value)
        and (not asked or any(_is_connected(world, c, filters) for c in own))
    )


def _is_connected(world, connection, filters):
    connector = world.connectors[connection.connector_id]
    return (
        _any(filters, "connector", lambda value: connector.key == value)
        and _any(filters, "unified_api", lambda value: connector.unified_api.name == value)
        and _any(filters, "status", lambda value: connection.status == value)
    )


def _fits_connection(world, connection, by_pk, filters):
    consumer = by_pk[connection.consumer_id]

    def found(text):
        return connection.key == text or _found(consumer, text) or (key(text) and key(text) in key(connection.name))

    return (
        _is_connected(world, connection, filters)
        and _any(filters, "q", found)
        and _any(filters, "flow", lambda value: connection.flow == value)
        and _any(filters, "tracked", lambda value: connection.is_tracked == (value == "true"))
        and _any(filters, "consumer", lambda value: consumer.consumerid == value)
    )


# --- what the lists say -----------------------------------------------------------------------------------------------


def body(response):
    """The whole text of an answer, streamed or not."""
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def shown(client, path, query):
    """The keys of all pages of a list, and the total that the first one says."""
    found, number, total = [], 1, None
    while True:
        html = body(client.get(path, {**query, "page": number}))
        rows = [unescape(row) for row in re.findall(r'<tr data-(?:consumer|connection)="([^"]*)"', html)]
        if total is None:
            total = int(re.search(r'id="h-count"[^>]*>\s*([\d,]+)', html)[1].replace(",", ""))
        found += rows
        if 'rel="next"' not in html:
            return found, total
        number += 1


def answered(client, path, query, limit=37):
    """All rows of the API, page by page as it links them."""
    found, url = [], path
    parameters = {**query, "limit": limit}
    while url:
        answer = json.loads(body(client.get(url, parameters)))
        found += answer["results"]
        parts = urlsplit(answer["next"] or "")
        url, parameters = (f"{parts.path}?{parts.query}" if parts.path else None), {}
    return found


def downloaded(client, path, query):
    """All rows of a CSV."""
    text = body(client.get(path, query))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))
