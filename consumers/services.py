"""Writes of consumers."""

from collections.abc import Collection

from consumers.models import Consumer

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


def save_consumers(*, new: Collection[Consumer], changed: Collection[Consumer]) -> None:
    """Write consumers in bulk: two statements, however many. The caller holds the state lock."""
    for consumer in (*new, *changed):
        consumer.set_keys()
    Consumer.objects.bulk_create(new)
    Consumer.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN)
