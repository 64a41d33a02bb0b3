"""What consumers connect: unified APIs, connectors, connections, and the history of their status."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, Value, When

from common.text import KeyField, joined_key, search_key
from connections.events import ActivityEvent, ErrorEvent
from connections.rollups import (
    ConnectionRollup,
    ConnectorRollup,
    ErrorCard,
    ReplicaMark,
    RollupDelta,
    RollupState,
    TotalRollup,
    ZoneWindow,
)
from consumers.models import Consumer
from sources.models import Source

# Django finds the models of an app here; these stand in modules of their own.
__all__ = [
    "ActivityEvent",
    "Connection",
    "ConnectionRollup",
    "Connector",
    "ConnectorCount",
    "ConnectorRollup",
    "ErrorCard",
    "ErrorEvent",
    "Flow",
    "ReplicaMark",
    "RollupDelta",
    "RollupState",
    "Status",
    "StatusChange",
    "TotalRollup",
    "UnifiedApi",
    "ZoneWindow",
]


class Status(models.TextChoices):
    """The status of a connection, in the order in which charts stack it."""

    ACTIVE = "active", "Active"
    PENDING = "pending", "Pending"
    FAILED = "failed", "Failed"


class Flow(models.TextChoices):
    """The direction of a connection's data, seen from the integrator."""

    SOURCE = "source", "Source"
    DESTINATION = "destination", "Destination"
    OTHER = "other", "Other"


class UnifiedApi(models.Model):
    """A category of connectors: Accounting, Point of Sale … Its name is its key."""

    name = models.CharField(max_length=255, unique=True)
    name_key = KeyField()

    class Meta:
        ordering = ("name_key", "id")

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Derive the sort key."""
        self.name_key = search_key(self.name)


class Connector(models.Model):
    """One third-party software that a consumer can connect."""

    key = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    name_key = KeyField()
    unified_api = models.ForeignKey(UnifiedApi, on_delete=models.PROTECT, related_name="connectors")
    is_active = models.BooleanField(default=True)  # False: discontinued; its connections keep counting
    default_flow = models.CharField(max_length=11, choices=Flow, blank=True)
    default_tracked = models.BooleanField(default=False)
    help_url = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ("name_key", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(key="") & ~Q(name=""), name="connector_has_a_key_and_a_name"),
            models.CheckConstraint(
                condition=Q(default_flow__in=["", *Flow.values]), name="connector_default_flow_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Derive the sort key."""
        self.name_key = search_key(self.name)


# What connections are filtered by, alone or together: see ConnectionGroup.
GROUPED = ("connector", "status", "flow", "is_tracked")


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Connections, filtered in the words of the product."""

    def live(self) -> ConnectionQuerySet:
        """Those that count: neither they nor their consumers are deleted."""
        return self.filter(is_live=True)


class Connection(models.Model):
    """One consumer linked to one connector.

    `is_live` says whether it counts: neither it nor its consumer is deleted. The consumer's half of that is copied
    here by a trigger, so that every list, count and rollup asks one column of one row.
    """

    key = models.CharField(max_length=255, unique=True)
    consumer = models.ForeignKey(
        Consumer,
        on_delete=models.PROTECT,
        related_name="connections",
        db_index=False,  # the index connection_of_consumer begins with it
    )
    connector = models.ForeignKey(Connector, on_delete=models.PROTECT, related_name="connections")
    name = models.CharField(max_length=255, blank=True)
    name_key = KeyField()
    status = models.CharField(max_length=7, choices=Status)
    status_since = models.DateTimeField()
    failure_code = models.CharField(max_length=255, blank=True)
    failure_message = models.TextField(blank=True)
    flow = models.CharField(max_length=11, choices=Flow, default=Flow.OTHER)
    is_tracked = models.BooleanField(default=False)
    connect_url = models.CharField(max_length=2000, blank=True)
    changed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_deleted = models.BooleanField(default=False)
    consumer_is_live = models.BooleanField(default=True, editable=False)
    consumer_name_key = KeyField(default="")  # copied by a trigger, to sort by
    owner = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    is_live = models.GeneratedField(
        expression=Case(
            When(Q(is_deleted=False) & Q(consumer_is_live=True), then=Value(value=True)), default=Value(value=False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ("name_key", "id")
        indexes = (
            # Connections of the consumers of one page, and of one consumer.
            models.Index(F("consumer"), F("status"), name="connection_of_consumer"),
            # The list of connections in name order; the others are the filters of the same name in that order, or the
            # list sorted by them.
            models.Index(F("name_key"), F("id"), name="connection_by_name", condition=Q(is_live=True)),
            models.Index(F("status"), F("name_key"), F("id"), name="connection_by_status", condition=Q(is_live=True)),
            models.Index(F("flow"), F("name_key"), F("id"), name="connection_by_flow", condition=Q(is_live=True)),
            models.Index(
                F("is_tracked"), F("name_key"), F("id"), name="connection_by_tracked", condition=Q(is_live=True)
            ),
            # The first connections of each group (ConnectionGroup) in every order: any mix of those filters.
            models.Index(
                *(F(name) for name in GROUPED), F("name_key"), F("id"), name="group_by_name", condition=Q(is_live=True)
            ),
            models.Index(
                *(F(name) for name in GROUPED),
                F("changed_at"),
                F("id"),
                name="group_by_change",
                condition=Q(is_live=True),
            ),
            models.Index(
                *(F(name) for name in GROUPED),
                F("consumer_name_key"),
                F("consumer"),
                F("id"),
                name="group_by_consumer",
                condition=Q(is_live=True),
            ),
            # The list by its last change.
            models.Index(F("changed_at"), F("id"), name="connection_by_change", condition=Q(is_live=True)),
            # The list by the name of the consumer. Two names would not fit into one entry of an index.
            models.Index(
                F("consumer_name_key"), F("consumer"), F("id"), name="connection_by_consumer", condition=Q(is_live=True)
            ),
            # Tracked connections of a flow: counted up to a limit, the first of them, those without an error.
            models.Index(F("flow"), F("id"), name="connection_tracked", condition=Q(is_tracked=True, is_live=True)),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(key=""), name="connection_has_a_key"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="connection_status_is_known"),
            models.CheckConstraint(condition=Q(flow__in=Flow.values), name="connection_flow_is_known"),
            models.CheckConstraint(
                condition=Q(is_tracked=False) | ~Q(flow=Flow.OTHER), name="connection_other_is_not_tracked"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.FAILED) | Q(failure_code="", failure_message=""),
                name="connection_failure_only_when_failed",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.key

    def set_keys(self) -> None:
        """Derive the sort and search key."""
        self.name_key = joined_key(self.name)


class ConnectionSearch(models.Model):
    """What a connection is found by: its name and the search key of its consumer, as one joined key.

    Kept by triggers on both tables. On the connection itself the index of its trigrams would be written again with
    every change of status.
    """

    connection = models.OneToOneField(Connection, primary_key=True, on_delete=models.CASCADE, related_name="search")
    search_key = KeyField()

    class Meta:
        indexes = (
            # The probe of a search: which connections hold these letters?
            GinIndex(OpClass(F("search_key"), "gin_trgm_ops"), name="connection_search_trigrams"),
        )

    def __str__(self) -> str:
        return str(self.search_key)


class StatusChange(models.Model):
    """One change of a connection's status: the timeline, and the ground for downtime. Append-only."""

    class To(models.TextChoices):
        """Where a connection can go: a status, or away."""

        ACTIVE = "active", "Active"
        PENDING = "pending", "Pending"
        FAILED = "failed", "Failed"
        DELETED = "deleted", "Deleted"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="status_changes")
    from_status = models.CharField(max_length=7, choices=To, blank=True)  # empty: it was new
    to_status = models.CharField(max_length=7, choices=To)
    at = models.DateTimeField()
    failure_code = models.CharField(max_length=255, blank=True)
    failure_message = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (
            # The timeline of one connection, newest first.
            models.Index(fields=["connection", "-at", "-id"], name="status_change_of_connection"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(from_status=F("to_status")), name="status_change_changes_the_status"),
        )

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"


class ConnectionGroup(models.Model):
    """How many live connections share connector, status, flow and tracked: there are few groups. Kept by a trigger.

    Their sums are the totals of any mix of these filters, and the first rows of each group are those of such a list.
    """

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="groups")
    status = models.CharField(max_length=7, choices=Status)
    flow = models.CharField(max_length=11, choices=Flow)
    is_tracked = models.BooleanField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=GROUPED, name="connection_group_is_unique"),)

    def __str__(self) -> str:
        return f"{self.count} × {self.status}, {self.flow}"


class ConnectorCount(models.Model):
    """How many live connections of a connector have a status: the ground of charts. Kept by a trigger."""

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="counts")
    status = models.CharField(max_length=7, choices=Status)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["connector", "status"], name="connector_count_is_unique"),)

    def __str__(self) -> str:
        return f"{self.count} × {self.status}"
