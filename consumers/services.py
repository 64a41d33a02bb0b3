"""Writes of consumers."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from common.locks import lock_state
from consumers.models import Consumer, ErasedConsumer

# What records and forms decide; everything else of a consumer is derived by the database.
WRITTEN = (
    "name",
    "name_key",
    "search_key",
    "email",
    "internal_reference",
    "redirect_url",
    "created_at",
    "is_deleted",
)

# What a person edits on the screen.
EDITABLE = ("name", "email", "internal_reference", "redirect_url")


def save_consumers(*, new: Collection[Consumer], changed: Collection[Consumer]) -> None:
    """Write consumers in bulk: two statements, however many. The caller holds the state lock."""
    for consumer in (*new, *changed):
        consumer.set_keys()
    Consumer.objects.bulk_create(new)
    Consumer.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN)


@transaction.atomic
def edit_consumer(*, consumerid: str, values: Mapping[str, str]) -> tuple[Consumer, dict[str, str]]:
    """Give a live consumer other facts; return it with the former values of those that changed.

    values name any of EDITABLE and were checked by the rules of single values. Consumer.DoesNotExist when it is gone.
    """
    lock_state()
    consumer = Consumer.objects.live().get(consumerid=consumerid)
    former = {
        name: getattr(consumer, name)
        for name in EDITABLE
        if values.get(name, getattr(consumer, name)) != getattr(consumer, name)
    }
    for name in former:
        setattr(consumer, name, values[name])
    if former:
        consumer.set_keys()
        consumer.save(update_fields=[*former, "name_key", "search_key"])
    return consumer, former


@transaction.atomic
def remove_consumer(*, consumerid: str, by: str, now: datetime) -> Consumer | None:
    """Delete a consumer on the screen: a mark of its own that no record takes away. None when it was gone before."""
    lock_state()
    consumer = Consumer.objects.live().filter(consumerid=consumerid).first()
    if consumer is None:
        return None
    consumer.removed_at, consumer.removed_by = now, by
    consumer.save(update_fields=["removed_at", "removed_by"])
    return consumer


class TooLateError(ValidationError):
    """The deletion can not be taken back any more."""

    def __init__(self) -> None:
        super().__init__("It was deleted more than 30 days ago, so the deletion can not be taken back.")


@transaction.atomic
def restore_consumer(*, consumerid: str, now: datetime) -> Consumer | None:
    """Take back a deletion on the screen; None when there is none. TooLateError once it is due to be erased."""
    lock_state()
    consumer = Consumer.objects.removed().filter(consumerid=consumerid).first()
    if consumer is None:
        return None
    if consumer.erased_at is None or consumer.erased_at <= now:
        raise TooLateError
    consumer.removed_at, consumer.removed_by = None, ""
    consumer.save(update_fields=["removed_at", "removed_by"])
    consumer.refresh_from_db(fields=["is_live"])
    return consumer


@transaction.atomic
def begin_erasing(*, most: int, now: datetime) -> list[int]:
    """Return up to that many consumers that are due, each with its tombstone, so that no record reaches them any more.

    A run that was killed half way finds them again.
    """
    lock_state()
    due = dict(Consumer.objects.due(now).values_list("id", "consumerid")[:most])
    tombstones = [ErasedConsumer(consumerid=consumerid, erased_at=now) for consumerid in due.values()]
    ErasedConsumer.objects.bulk_create(tombstones, ignore_conflicts=True)
    return list(due)


@transaction.atomic
def finish_erasing(*, consumer_ids: Collection[int]) -> None:
    """Delete the rows of consumers of which nothing else is left."""
    lock_state()
    Consumer.objects.filter(id__any_of=list(consumer_ids)).delete()
