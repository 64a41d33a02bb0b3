"""The 7-day numbers: sums of events in 15-minute buckets (UTC), in three grains, and the cards of errors.

Life of a sum: a trigger on the events appends a delta per (connection, bucket); `drain` moves deltas into the grains.
The grain per connection holds everything; the grains per connector and over all hold tracked, live connections only,
and of those only the kinds that the present flow counts. A trigger on connections moves a connection's sums into or
out of the upper grains when one of that changes. Drains share a lock that such a move takes for itself.
"""

from __future__ import annotations

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from connections.rollup_sql import BUCKET_OF


class BucketOf(models.Func):
    """The start of the bucket of a moment."""

    template = BUCKET_OF.format(moment="%(expressions)s")
    output_field = models.DateTimeField()


class Sums(models.Model):
    """The five counters of a bucket."""

    bucket = models.DateTimeField()
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    business = models.BigIntegerField(default=0)
    technical = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class RollupDelta(Sums):
    """Sums of one batch of events that no drain has taken yet. Append-only and without an index but its key."""

    connection_id = models.BigIntegerField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.connection_id} {self.bucket}"


class ConnectionRollup(Sums):
    """The grain per connection, tracked or not."""

    pk = models.CompositePrimaryKey("connection_id", "bucket")
    connection_id = models.BigIntegerField()

    class Meta:
        indexes = (
            # The cards of a window: all business errors between two moments, without reading the rest.
            models.Index(
                fields=["bucket"],
                include=["connection_id", "business"],
                name="connection_rollup_errors",
                condition=models.Q(business__gt=0),
            ),
            # The days of the cards of one page: the business errors of some connections, wherever their rows lie.
            models.Index(
                fields=["connection_id", "bucket"],
                include=["business"],
                name="connection_rollup_card_days",
                condition=models.Q(business__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection_id} {self.bucket}"


class ConnectorRollup(Sums):
    """The grain per connector."""

    pk = models.CompositePrimaryKey("connector_id", "bucket")
    connector_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.connector_id} {self.bucket}"


class TotalRollup(Sums):
    """The grain over all."""

    bucket = models.DateTimeField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.bucket}"


class ZoneWindow(models.Model):
    """The present seven days of a zone in use: what its cards count."""

    zone = models.CharField(max_length=64, primary_key=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.zone


class ErrorCard(models.Model):
    """How many business errors a connection had in the window of a zone; no row: none."""

    pk = models.CompositePrimaryKey("zone", "connection_id")
    zone = models.CharField(max_length=64)
    connection_id = models.BigIntegerField()
    business = models.BigIntegerField()

    class Meta:
        indexes = (
            # The first cards of a zone, most errors first.
            models.Index(fields=["zone", "-business", "connection_id"], name="error_card_most_first"),
        )

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.business}"


class LogPosition(models.Field):  # type: ignore[type-arg] # Django's can not be subscripted at run time
    """A position in PostgreSQL's write-ahead log."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002 (Django's signature)
        """Return the type of the column."""
        return "pg_lsn"


class ReplicaMark(models.Model):
    """One row: how far a replica must have come to be read, for states and for events one by one (common/replica.py).

    The table is not logged: written often, worth nothing after a crash.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    state = LogPosition()
    events = LogPosition()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="replica_mark_is_one_row"),)

    def __str__(self) -> str:
        return f"states to {self.state}, events to {self.events}"


class RollupState(models.Model):
    """One row: the events from `recount_from` on are all stored, so buckets since then can be recounted from them.

    It is the start of a bucket: of one that began before, a recount would see only a part.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    recount_from = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="rollup_state_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(recount_from=BucketOf("recount_from")), name="recount_from_starts_a_bucket"
            ),
        )

    def __str__(self) -> str:
        return f"since {self.recount_from}"
