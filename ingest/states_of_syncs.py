"""How records of syncs and activations change what is stored."""

from msgspec import UNSET

from ingest.batch import Batch, activation_key
from ingest.book import values
from ingest.records import ActivationRecord, SyncRecord
from ingest.records import Requirement as RequirementRecord
from ingest.states import check_owner, effective_changed_at, kept, named_consumer, owner_of, unified_api
from ingest.verdicts import Rejected, Verdict, unknown
from syncs.models import Activation, Requirement, Sync
from syncs.services import SYNC_WRITTEN


def apply_sync(batch: Batch, record: SyncRecord) -> Verdict:
    """Make, change, delete or bring back a sync; its slots are replaced whole."""
    requires = record.requires or []
    _check_connectors(batch, requires)
    row = batch.syncs.get(record.sync)
    if row is None:
        row = Sync(key=record.sync, owner=owner_of(batch.source), received_at=batch.now)
        batch.syncs.add(record.sync, row)
    check_owner(batch, row, "sync")
    before = values(row, SYNC_WRITTEN)
    row.name = record.name
    row.mappings = list(dict.fromkeys(kept(record.mappings, row.mappings, cleared=[])))
    row.is_deleted = record.deleted is True
    if record.requires is not UNSET:
        batch.requirements[row.key] = [_slot(batch, row, place, slot) for place, slot in enumerate(requires)]
    if record.requires is not UNSET or values(row, SYNC_WRITTEN) != before:
        batch.syncs.touch(record.sync)
    return Verdict.ACCEPTED


def apply_activation(batch: Batch, record: ActivationRecord) -> Verdict:
    """Make, change, delete or bring back an activation."""
    key = activation_key(record.sync, record.consumer)
    row = batch.activations.get(key)
    changed_at = effective_changed_at(record.changed_at, stored=row.changed_at if row else None, now=batch.now)
    consumer = named_consumer(batch, record.consumer)
    sync = batch.syncs.get(record.sync)
    if sync is None:
        raise unknown("sync", record.sync)
    if consumer is None:
        return Verdict.STALE
    if row is None:
        row = Activation(sync=sync, consumer=consumer, owner=owner_of(batch.source), received_at=batch.now)
        batch.activations.add(key, row)
    else:
        check_owner(batch, row, "activation")
        if changed_at < row.changed_at:
            return Verdict.STALE
    row.changed_at = changed_at
    _write_facts(row, record)
    batch.activations.touch(key)
    return Verdict.ACCEPTED


def _check_connectors(batch: Batch, requires: list[RequirementRecord]) -> None:
    for place, slot in enumerate(requires):
        if isinstance(slot.connector, str) and batch.connectors.get(slot.connector) is None:
            raise Rejected("unknown_connector", f"requires[{place}].connector", f'no connector "{slot.connector}"')


def _slot(batch: Batch, sync: Sync, place: int, slot: RequirementRecord) -> Requirement:
    row = Requirement(sync=sync, position=place, is_hidden=slot.hidden is True)
    if isinstance(slot.connector, str):
        row.connector = batch.connectors[slot.connector]
    else:
        row.unified_api = unified_api(batch, str(slot.unified_api))
    return row


def _write_facts(row: Activation, record: ActivationRecord) -> None:
    row.opened_at = record.opened_at
    row.mappings = kept(record.mappings, row.mappings, cleared={})
    row.is_configured = kept(record.configuration, _said(row), cleared="incomplete") == "complete"
    row.is_enabled = record.enabled if record.enabled is not UNSET else row.is_enabled
    row.activate_url = kept(record.activate_url, row.activate_url, cleared="")
    row.is_deleted = record.deleted is True
    if row.activated_at is None and row.counts_as_active:
        row.activated_at = row.changed_at


def _said(row: Activation) -> str:
    return "complete" if row.is_configured else "incomplete"
