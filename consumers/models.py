"""The customers of the integrator, with the standing that lists read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, Value, When

from common.text import KeyField, joined_key, search_key
from sources.models import Source

# How long a deletion on the screen can be taken back.
UNDO_FOR: Final = timedelta(days=30)


class ConnectionIssue(models.TextChoices):
    """What is wrong with a consumer's connections right now, in the order in which they are judged."""

    CONNECTION_FAILED = "connection_failed", "Connection failed"
    NOTHING = "nothing", "Nothing"
    CONNECTION_PENDING = "connection_pending", "Connection pending"


class ConsumerQuerySet(models.QuerySet["Consumer"]):
    """Consumers, filtered in the words of the product."""

    def live(self) -> ConsumerQuerySet:
        """Those that count: neither deleted by the feed nor removed on the screen."""
        return self.filter(is_live=True)

    def removed(self) -> ConsumerQuerySet:
        """Those deleted on the screen, the latest first."""
        return self.filter(removed_at__isnull=False).order_by("-removed_at", "-id")

    def due(self, now: datetime) -> ConsumerQuerySet:
        """Those whose deletion can not be taken back any more, the oldest first."""
        return self.filter(removed_at__lte=now - UNDO_FOR).order_by("removed_at", "id")


class Consumer(models.Model):
    """One customer of the integrator.

    The three counts are of its connections that are not deleted. A trigger on connections keeps them
    (see connections/migrations), so they are right under any number of writers; nothing else writes them.
    """

    consumerid = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    name_key = KeyField()
    search_key = KeyField()
    email = models.CharField(max_length=254, blank=True)
    internal_reference = models.CharField(max_length=255, blank=True)
    redirect_url = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_deleted = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=150, blank=True)  # the name of who did it on the screen
    owner = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    active_count = models.PositiveIntegerField(default=0, editable=False)
    pending_count = models.PositiveIntegerField(default=0, editable=False)
    failed_count = models.PositiveIntegerField(default=0, editable=False)
    # What its connections are, as numbers that an index can hold: see connections/facets.py. Kept by that trigger too.
    facets = ArrayField(models.BigIntegerField(), default=list, editable=False)

    is_live = models.GeneratedField(
        expression=Case(
            When(Q(is_deleted=False) & Q(removed_at__isnull=True), then=Value(value=True)), default=Value(value=False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    is_active = models.GeneratedField(
        expression=Case(When(active_count__gt=0, then=Value(value=True)), default=Value(value=False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    issue = models.GeneratedField(
        expression=Case(
            When(failed_count__gt=0, then=Value(ConnectionIssue.CONNECTION_FAILED.value)),
            When(Q(active_count=0) & Q(pending_count=0), then=Value(ConnectionIssue.NOTHING.value)),
            When(active_count=0, then=Value(ConnectionIssue.CONNECTION_PENDING.value)),
            default=Value(""),
        ),
        output_field=models.CharField(max_length=20, choices=ConnectionIssue),
        db_persist=True,
    )

    connection_count = models.GeneratedField(
        expression=F("active_count") + F("pending_count") + F("failed_count"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )

    objects = ConsumerQuerySet.as_manager()

    class Meta:
        ordering = ("name_key", "id")
        indexes = (
            # Every list of consumers, in name order.
            models.Index(F("name_key"), F("id"), name="consumer_by_name", condition=Q(is_live=True)),
            # The list by date, and the filter created_from, created_to.
            models.Index(F("created_at"), F("id"), name="consumer_by_created", condition=Q(is_live=True)),
            # The list by issue, and the filter issue in name order.
            models.Index(F("issue"), F("name_key"), F("id"), name="consumer_by_issue", condition=Q(is_live=True)),
            # The list by number of connections.
            models.Index(
                F("connection_count"), F("name_key"), F("id"), name="consumer_by_size", condition=Q(is_live=True)
            ),
            # The filter active=false, of which there may be few, in name order and by number of connections.
            models.Index(F("name_key"), F("id"), name="consumer_inactive", condition=Q(is_live=True, is_active=False)),
            models.Index(
                F("connection_count"),
                F("name_key"),
                F("id"),
                name="consumer_inactive_by_size",
                condition=Q(is_live=True, is_active=False),
            ),
            # The filters connector, unified_api and status, and the issue of the same consumers. Without the pending
            # list, which every search would scan.
            GinIndex(
                *(F(name) for name in ("facets", "issue")),
                name="consumer_by_filters",
                fastupdate=False,
                condition=Q(is_live=True),
            ),
            # The page of deleted consumers, latest first, and the purge, oldest first.
            models.Index(F("removed_at"), F("id"), name="consumer_removed", condition=Q(removed_at__isnull=False)),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(consumerid=""), name="consumer_has_a_consumerid"),
            models.CheckConstraint(condition=~Q(name=""), name="consumer_has_a_name"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=False) | Q(removed_by=""), name="consumer_removed_by_only_when_removed"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def erased_at(self) -> datetime | None:
        """From when on it is erased; until then an admin can take the deletion back. None: it was not removed."""
        return self.removed_at + UNDO_FOR if self.removed_at else None

    @property
    def counts_as_live(self) -> bool:
        """What `is_live` will be once this row is written."""
        return not self.is_deleted and self.removed_at is None

    def set_keys(self) -> None:
        """Derive the sort and search keys; whoever writes name, e-mail or internal reference calls it."""
        self.name_key = search_key(self.name)
        self.search_key = joined_key(self.name, self.email, self.internal_reference)


class ErasedConsumer(models.Model):
    """What stays of a consumer that was deleted on the screen and erased: its records are stale for ever after."""

    consumerid = models.CharField(max_length=255, unique=True)
    erased_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.consumerid


class ConsumerCount(models.Model):
    """How many live consumers stand where: the ground of the overview's numbers. Kept by a trigger on consumers."""

    is_active = models.BooleanField()
    issue = models.CharField(max_length=20, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["is_active", "issue"], name="consumer_count_is_unique"),)

    def __str__(self) -> str:
        return f"{self.count} × {'active' if self.is_active else 'not active'}, {self.issue or 'no issue'}"


class ConsumerSearch(models.Model):
    """The search key of a consumer once more, for the index of its trigrams alone. Kept by a trigger on consumers.

    On the consumer itself that index would be written again whenever a connection changes its status.
    """

    consumer = models.OneToOneField(Consumer, primary_key=True, on_delete=models.CASCADE, related_name="+")
    search_key = KeyField()

    class Meta:
        indexes = (
            # The probe of a search: which consumers hold these letters?
            GinIndex(OpClass(F("search_key"), "gin_trgm_ops"), name="consumer_search_trigrams"),
        )

    def __str__(self) -> str:
        return str(self.search_key)
