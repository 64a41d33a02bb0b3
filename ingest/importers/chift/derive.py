"""What connmon concludes from Chift's answers: pure functions from answers and what is stored to records.

docs/feeds/chift.md says the same in words.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from common import rules
from ingest.importers.chift import answers

Record = dict[str, Any]

AUTHENTICATION: Final = "ERROR_CONNECTOR_AUTHENTICATION"
AGENT_DOWN: Final = "agent_down"
INACTIVE: Final = "inactive"

_GENERIC: Final = "ERROR_"
_BUSINESS_ENDINGS: Final = ("_NOT_FOUND", "_ALREADY_EXISTS", "_ALREADY_USED", "_NOT_BALANCED", "_MISSING")
_BUSINESS_BEGINNINGS: Final = ("INVALID_FIELD_FORMAT_", "MULTIPLE_")


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """What is stored of a connection of this source."""

    key: str
    consumer: str
    connector: str
    name: str
    status: str
    failure_code: str
    failure_message: str
    is_deleted: bool
    was_active: bool  # ever


@dataclass(frozen=True, slots=True)
class StoredActivation:
    """What is stored of an activation of this source."""

    opened_at: datetime
    mappings: Mapping[str, str]
    is_configured: bool
    is_enabled: bool | None
    is_deleted: bool
    was_active: bool  # ever


@dataclass(frozen=True, slots=True)
class Trouble:
    """The open issues that say why connections are refused, by connectionid; None: they could not be read."""

    messages: Mapping[str, str] | None

    def of(self, connectionid: str) -> str | None:
        """Return why a connection is refused; None when no open issue says that it is."""
        return (self.messages or {}).get(connectionid)

    @property
    def is_known(self) -> bool:
        """Whether the open issues could be read."""
        return self.messages is not None


# --- connectors and consumers -----------------------------------------------------------------------------------------


def connector(integration: answers.Integration) -> Record:
    """Return the record of an integration."""
    return {
        "type": "connector",
        "connector": str(integration.integrationid),
        "name": _text(integration.name) or str(integration.integrationid),
        "unified_api": _unified_api(integration.api),
        "active": integration.status == "active",
    }


def connector_of(connection: answers.Connection) -> Record:
    """Return the record of an integration that only a connection names."""
    return {
        "type": "connector",
        "connector": str(connection.integrationid),
        "name": _text(connection.integration) or str(connection.integrationid),
        "unified_api": _unified_api(connection.api),
    }


def consumer(answer: answers.Consumer) -> Record:
    """Return the record of a consumer; what no record may hold (an e-mail without @) is left empty."""
    email, url = answer.email or "", answer.redirect_url or ""
    return {
        "type": "consumer",
        "consumer": answer.consumerid,
        "name": _text(answer.name) or answer.consumerid,
        "email": "" if rules.optional_email_problem(email) else email,
        "internal_reference": _text(answer.internal_reference),
        "redirect_url": "" if rules.optional_url_problem(url) else url,
    }


# --- connections ------------------------------------------------------------------------------------------------------


def connections(
    consumerid: str,
    answered: Iterable[answers.Connection],
    *,
    stored: Mapping[str, StoredConnection],
    trouble: Trouble,
) -> list[Record]:
    """Return the records of what changed among a consumer's connections; gone from the answer means deleted."""
    records, present = [], set()
    for connection in answered:
        present.add(connection.connectionid)
        known = stored.get(connection.connectionid)
        record = _connection(consumerid, connection, known, trouble)
        if known is None or _said(record) != _stored(known):
            records.append(record)
    gone = (
        _deleted(known)
        for known in stored.values()
        if known.consumer == consumerid and known.key not in present and not known.is_deleted
    )
    return [*gone, *records]


def standing(
    connection: answers.Connection, *, trouble: Trouble, known: StoredConnection | None
) -> tuple[str, Record | None]:
    """Return the status of a connection and, when it failed, why."""
    agent = connection.agent.status if connection.agent else None
    if agent == "down":
        return "failed", {"code": AGENT_DOWN, "message": "The agent on the customer's side is down."}
    if connection.status == "active":
        return "active", None
    refused = trouble.of(connection.connectionid)
    if refused is not None:
        return "failed", {"code": AUTHENTICATION, "message": refused}
    if not trouble.is_known and known is not None and known.status == "failed":
        return "failed", {"code": known.failure_code, "message": known.failure_message}
    if known is not None and known.was_active:
        return "failed", {"code": INACTIVE, "message": "The connection was active and is not any more."}
    return "pending", None


def _connection(
    consumerid: str, connection: answers.Connection, known: StoredConnection | None, trouble: Trouble
) -> Record:
    status, failure = standing(connection, trouble=trouble, known=known)
    record: Record = {
        "type": "connection",
        "connection": connection.connectionid,
        "consumer": consumerid,
        "connector": str(connection.integrationid),
        "name": _text(connection.name),
        "status": status,
    }
    return record | ({"failure": failure} if failure else {})


def _said(record: Record) -> tuple[object, ...]:
    failure = record.get("failure", {})
    facts = (record["consumer"], record["connector"], record["name"], record["status"])
    return (*facts, failure.get("code", ""), failure.get("message", ""), False)


def _stored(known: StoredConnection) -> tuple[object, ...]:
    facts = (known.consumer, known.connector, known.name, known.status)
    return (*facts, known.failure_code, known.failure_message, known.is_deleted)


def _deleted(known: StoredConnection) -> Record:
    return {
        "type": "connection",
        "connection": known.key,
        "consumer": known.consumer,
        "connector": known.connector,
        "status": known.status,
        "deleted": True,
    }


def trouble_of(issues: Iterable[answers.Issue]) -> Trouble:
    """Return why connections are refused, from the issues that are open."""
    refused = (i for i in issues if i.connection_id and i.error and i.error.error_code == AUTHENTICATION)
    return Trouble({str(issue.connection_id): _explained(issue) for issue in refused})


# --- syncs and activations --------------------------------------------------------------------------------------------


class UnifiedApiNames:
    """The names of the unified APIs that syncs call by number, learnt from what names both; doubt means no name."""

    def __init__(self, apis: Mapping[int, str]) -> None:
        self._apis = apis  # of the integrations that are connectors
        self._names: dict[int, set[str]] = {}

    def learn(self, integrations: Iterable[answers.Integration], syncs: Iterable[answers.Sync]) -> None:
        """Learn from integrations that show a number, and from slots that give a number and an integration."""
        for integration in integrations:
            self._learn(integration.one_api, _unified_api(integration.api))
        for slot in (slot for sync in syncs for slot in sync.connections or ()):
            self._learn(slot.one_api, self._apis.get(slot.connection_type or 0))

    def _learn(self, number: object, name: str | None) -> None:
        if isinstance(number, int) and name:
            self._names.setdefault(number, set()).add(name)

    def has_connector(self, integrationid: int) -> bool:
        """Whether there is a connector of that integration."""
        return integrationid in self._apis

    def name(self, number: int) -> str | None:
        """Return the name of a unified API; None when it is not known, or not for sure."""
        found = self._names.get(number, set())
        return next(iter(found)) if len(found) == 1 else None


def sync(answer: answers.Sync, names: UnifiedApiNames) -> Record:
    """Return the record of a sync."""
    slots = sorted(answer.connections or (), key=lambda slot: slot.display_order or 0)
    return {
        "type": "sync",
        "sync": answer.syncid,
        "name": _text(answer.name) or answer.syncid,
        "requires": [required for slot in slots if (required := _slot(slot, names))],
        "mappings": mapping_names(answer),
    }


def _slot(slot: answers.Slot, names: UnifiedApiNames) -> Record | None:
    """Return a slot; one that can not be named is there, but hidden, so that it never counts."""
    hidden = {"hidden": True} if slot.display_hidden else {}
    if slot.connection_type is not None:
        if names.has_connector(slot.connection_type):
            return {"connector": str(slot.connection_type), **hidden}
        return {"unified_api": f"integration {slot.connection_type}", "hidden": True}
    if slot.one_api is None:
        return None
    name = names.name(slot.one_api)
    return {"unified_api": name, **hidden} if name else {"unified_api": f"unified API {slot.one_api}", "hidden": True}


def mapping_names(answer: answers.Sync) -> list[str]:
    """Return the names of a sync's mappings, each part on its own."""
    return list(dict.fromkeys(name for mapping in answer.mappings or () for name in _parts(mapping)))


def _parts(mapping: answers.Mapping) -> list[str]:
    parts = [_part_name(part) for part in mapping.sub_mappings or ()]
    return [_mapping_name(mapping.name, part) for part in parts if part] or [_mapping_name(mapping.name, None)]


def _part_name(part: object) -> str:
    name = part.get("name") if isinstance(part, dict) else part
    return name if isinstance(name, str) else ""


def _mapping_name(name: str, part: str | None) -> str:
    return _text(f"{name} / {part}" if part else name)


def activation(
    consumerid: str,
    answer: answers.ConsumerSync,
    *,
    of: answers.Sync,
    stored: StoredActivation | None,
    now: datetime,
) -> Record | None:
    """Return the record of an activation; None when it says what is stored."""
    is_configured = answer.status == "active"
    disabled = not is_configured and stored is not None and stored.was_active and not answer.enabled_flows
    opened_at = read_time(answer.link_createdon) or (stored.opened_at if stored else now)
    mappings = mapping_states(answer, mapping_names(of))
    enabled = False if disabled else None
    said = StoredActivation(
        opened_at=opened_at,
        mappings=mappings,
        is_configured=is_configured or disabled,
        is_enabled=enabled,
        is_deleted=False,
        was_active=(stored is not None and stored.was_active) or is_configured,
    )
    if said == stored:
        return None
    return {
        "type": "activation",
        "sync": of.syncid,
        "consumer": consumerid,
        "opened_at": opened_at.isoformat(),
        "mappings": mappings,
        "configuration": "complete" if said.is_configured else "incomplete",
        "enabled": enabled,
    }


def no_activation(consumerid: str, syncid: str, *, stored: StoredActivation | None) -> Record | None:
    """Return the record that deletes an activation that is not configured any more; None when there is none."""
    if stored is None or stored.is_deleted:
        return None
    opened_at = stored.opened_at.isoformat()
    return {"type": "activation", "sync": syncid, "consumer": consumerid, "opened_at": opened_at, "deleted": True}


def mapping_states(answer: answers.ConsumerSync, names: Collection[str]) -> dict[str, str]:
    """Return how far each mapping is; what was skipped is skipped whatever else is said of it."""
    states: dict[str, str] = {}
    for mapping in answer.link_mappings or ():
        name = _mapping_name(mapping.name, mapping.sub_mapping_name)
        if states.get(name) != "incomplete":
            states[name] = "complete" if _is_complete(mapping) else "incomplete"
    for skipped in answer.skip_mappings or ():
        whole = _text(skipped.name)
        parts = [name for name in {*names, *states} if name.startswith(f"{whole} / ")]
        states.update(dict.fromkeys([*parts] if parts and whole not in names else [whole, *parts], "skipped"))
    return {name: states[name] for name in sorted(states) if name}


def _is_complete(mapping: answers.LinkMapping) -> bool:
    hidden = list(mapping.hidden_source_ids or ())
    return all(value.target_id not in (None, "", []) for value in mapping.values or () if value.source_id not in hidden)


# --- errors -----------------------------------------------------------------------------------------------------------


def category(code: str) -> str:
    """Return whether a person can solve it by changing data (business), or a developer has to (technical)."""
    if code.startswith(_GENERIC):
        return "technical"
    is_business = code.endswith(_BUSINESS_ENDINGS) or code.startswith(_BUSINESS_BEGINNINGS)
    return "business" if is_business else "technical"


def errors(issue: answers.IssueDetail, *, last_seen_at: datetime) -> list[Record]:
    """Return one error record for each time an issue happened; without any, one at which it was last seen."""
    code = (issue.error.error_code if issue.error else "") or ""
    base: Record = {
        "type": "error",
        "connection": issue.connection_id,
        "category": category(code),
        "code": _text(code),
    }
    told = _explained(issue)
    events = [
        {
            "id": f"{issue.id}:{event.id}",
            "occurred_at": (read_time(event.created_on) or last_seen_at).isoformat(),
            "message": _message(event.message) or told,
        }
        for event in issue.events or ()
    ]
    at = last_seen_at.isoformat()
    return [base | event for event in events or [{"id": f"{issue.id}:{at}", "occurred_at": at, "message": told}]]


def last_seen_at(issue: answers.Issue) -> datetime | None:
    """Return when an issue last happened."""
    return next(filter(None, map(read_time, (issue.last_seen, issue.updated_on, issue.created_on))), None)


def _explained(issue: answers.Issue) -> str:
    error = issue.error
    parts = (error.description, error.title, error.error_code) if error else ()
    return next((text for part in parts if (text := _message(part))), "No explanation was given.")


# --- single values ----------------------------------------------------------------------------------------------------


def read_time(value: object) -> datetime | None:
    """Read a time as Chift writes them: ISO 8601, UTC when it names no zone, or seconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment if moment is None else rules.to_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _unified_api(name: str | None) -> str:
    """Return the name of a unified API as a key: a slash can stand in no address."""
    plain = " ".join((name or "").replace("/", "-").replace("\\", "-").split())
    return "Custom" if rules.key_problem(plain) else plain


def _text(value: str | None, limit: int = rules.TEXT_LENGTH) -> str:
    """Return a text that a record may hold: cut, without characters that can not be stored."""
    return rules.storable(value or "", limit)


def _message(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode() if value else ""
    return _text(text, rules.MESSAGE_LENGTH)
