"""Writes of syncs and activations."""

from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from common.erasing import delete_some
from common.locks import lock_state
from syncs.judging import judge
from syncs.models import Activation, Requirement, Sync

SYNC_WRITTEN = ("name", "name_key", "mappings", "is_deleted")
ACTIVATION_WRITTEN = (
    "opened_at",
    "mappings",
    "is_configured",
    "is_enabled",
    "activate_url",
    "changed_at",
    "activated_at",
    "is_deleted",
)


def save_syncs(
    *, new: Collection[Sync], changed: Collection[Sync], requirements: Mapping[str, Sequence[Requirement]]
) -> None:
    """Write syncs and, for the keys named in requirements, their slots; judge their activations again.

    The caller holds the state lock and has written the connectors and unified APIs that the slots name.
    """
    for sync in (*new, *changed):
        sync.set_keys()
    Sync.objects.bulk_create(new)
    Sync.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=SYNC_WRITTEN)
    if requirements:
        Requirement.objects.filter(sync__key__any_of=list(requirements)).delete()
        Requirement.objects.bulk_create([slot for slots in requirements.values() for slot in slots])
    if changed:
        judge(sync_ids=[sync.pk for sync in changed])


def save_activations(*, new: Collection[Activation], changed: Collection[Activation]) -> None:
    """Write activations in bulk and judge them; the caller holds the state lock and has written what they name."""
    for activation in (*new, *changed):
        activation.consumer_is_live = activation.consumer.counts_as_live
        activation.sync_is_live = not activation.sync.is_deleted
        activation.consumer_name_key = activation.consumer.name_key
        activation.sync_name_key = activation.sync.name_key
    Activation.objects.bulk_create(new)
    Activation.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=ACTIVATION_WRITTEN
    )
    if new or changed:
        judge(activation_ids=[activation.pk for activation in (*new, *changed)])


@transaction.atomic
def erase_activations(*, consumer_ids: Collection[int], most: int) -> int:
    """Delete up to that many activations of consumers that are being erased; return how many went."""
    lock_state()
    return delete_some(Activation.objects.filter(consumer__in=consumer_ids), most)
