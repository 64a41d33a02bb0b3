"""The state records of the demo: connectors, consumers and connections, the same for the same seed and moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unicodedata import normalize
from uuid import UUID

from ingest.demo.catalogue import APIS, FAILURES, KINDS, NAMES, SUFFIXES, DemoApi, DemoConnector

Json = dict[str, Any]

_UNTRACKED = 0.04


def connectors() -> Iterator[Json]:
    """Yield one record per connector."""
    for api in APIS:
        for connector in api.connectors:
            yield {
                "type": "connector",
                "connector": connector.key,
                "name": connector.name,
                "unified_api": api.name,
                "default_flow": api.flow,
                "default_tracked": api.flow != "other",
                "active": connector.key != "octopus",
                "help_url": f"https://help.example.com/{connector.key}",
            }


def consumers(random: Random, count: int, now: datetime) -> Iterator[tuple[Json, list[Json]]]:
    """Yield consumers with their connections; names are distinct, a few consumers have nothing or were deleted."""
    seen: set[str] = set()
    for number in range(count):
        consumer = _consumer(random, number, _name(random, seen), now)
        wanted = [] if random.random() < 0.03 else [api for api in APIS if random.random() * 100 < api.share]
        connections = [_connection(random, consumer, api, now) for api in wanted]
        yield consumer, [record for connection in connections for record in _history(connection)]


def _history(connection: Json) -> list[Json]:
    """Return the records that a feed would have sent of a connection: before it failed, it was active."""
    if connection["status"] != "failed" or connection["changed_at"] == connection["created_at"]:
        return [connection]
    before = {name: value for name, value in connection.items() if name not in {"failure", "connect_url"}}
    return [before | {"status": "active", "changed_at": connection["created_at"]}, connection]


def _name(random: Random, seen: set[str]) -> str:
    while True:
        name = f"{random.choice(KINDS)} {random.choice(NAMES)}{random.choice(SUFFIXES)}"
        if name not in seen:
            seen.add(name)
            return name
        if len(seen) > len(KINDS) * len(NAMES) * 4:
            seen.clear()  # more consumers than names: a real list has namesakes too


def _consumer(random: Random, number: int, name: str, now: datetime) -> Json:
    ascii_name = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join("".join(c if c.isalnum() else " " for c in ascii_name).split())
    return {
        "type": "consumer",
        "consumer": str(UUID(int=random.getrandbits(128), version=4)),
        "name": name,
        "email": f"it@{slug}.example",
        "internal_reference": f"CUST-{10_000 + number}",
        "redirect_url": f"https://{slug}.example/connected",
        "created_at": _past(random, now, days=900).isoformat(),
        "deleted": random.random() < 0.01,
    }


def _connection(random: Random, consumer: Json, api: DemoApi, now: datetime) -> Json:
    connector = random.choices(api.connectors, [c.weight for c in api.connectors])[0]
    status = random.choices(("active", "pending", "failed"), (86, 7, 7))[0]
    created_at = datetime.fromisoformat(consumer["created_at"])
    record: Json = {
        "type": "connection",
        "connection": str(UUID(int=random.getrandbits(128), version=4)),
        "consumer": consumer["consumer"],
        "connector": connector.key,
        "name": f"{connector.name} of {consumer['name']}",
        "status": status,
        "created_at": created_at.isoformat(),
        "changed_at": _changed(random, status, created_at, now).isoformat(),
    }
    if random.random() < _UNTRACKED:
        record["tracked"] = False
    if status == "failed":
        record["failure"] = _failure(random, connector)
    if status != "active":
        record["connect_url"] = f"https://connect.example.com/{record['connection']}"
    return record


def _failure(random: Random, connector: DemoConnector) -> Json:
    code, message = random.choice(FAILURES)
    return {"code": code, "message": message.format(connector=connector.name)}


def _changed(random: Random, status: str, created_at: datetime, now: datetime) -> datetime:
    """Return when the status last changed: trouble is recent, health is old."""
    if status == "active":
        return created_at
    return max(created_at, _past(random, now, days=21))


def _past(random: Random, now: datetime, *, days: int) -> datetime:
    return (now - timedelta(seconds=random.randrange(days * 86_400))).replace(microsecond=0)
