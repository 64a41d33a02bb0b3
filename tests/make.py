"""Rows for tests, with defaults for everything a test does not care about."""

from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from connections.models import Connection, Connector, UnifiedApi
from consumers.models import Consumer
from sources.models import Source

_numbers = count(1)


def source(kind: str = "api", **fields: Any) -> Source:
    """A source of records."""
    return Source.objects.create(kind=kind, **{"name": f"Source {next(_numbers)}", **fields})


def user(role: str = "operator", **fields: Any) -> User:
    """A user who can be signed in with `client.force_login`."""
    return User.objects.create(role=role, **{"username": f"{role}-{next(_numbers)}", **fields})


def consumer(name: str = "", **fields: Any) -> Consumer:
    """A consumer."""
    number = next(_numbers)
    now = timezone.now()
    row = Consumer(
        **{
            "consumerid": f"consumer-{number}",
            "name": name or f"Consumer {number}",
            "created_at": now,
            "received_at": now,
            **fields,
        }
    )
    row.set_keys()
    row.save()
    return row


def unified_api(name: str = "Accounting") -> UnifiedApi:
    """A unified API; the same one for the same name."""
    row = UnifiedApi(name=name)
    row.set_keys()
    return UnifiedApi.objects.get_or_create(name=name, defaults={"name_key": row.name_key})[0]


def connector(name: str = "", *, unified_api_name: str = "Accounting", **fields: Any) -> Connector:
    """A connector."""
    number = next(_numbers)
    row = Connector(
        **{
            "key": f"connector-{number}",
            "name": name or f"Connector {number}",
            "unified_api": unified_api(unified_api_name),
            **fields,
        }
    )
    row.set_keys()
    row.save()
    return row


def connection(**fields: Any) -> Connection:
    """A connection, with a consumer and a connector of its own unless given."""
    now = fields.pop("now", None) or timezone.now()
    row = Connection(
        **{
            "key": f"connection-{next(_numbers)}",
            "status": "active",
            "status_since": now,
            "changed_at": now,
            "created_at": now,
            "received_at": now,
            **fields,
        }
    )
    if "consumer" not in fields:
        row.consumer = consumer()
    if "connector" not in fields:
        row.connector = connector()
    row.set_keys()
    row.save()
    return row
