"""What happened on connections: activity and errors. Written by COPY, counted by the rollups, purged by age."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from common.text import KeyField


class EventKind(models.TextChoices):
    """What an activity event counts; the first two need a source, the last a destination."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    SENT = "sent", "Sent"


class Category(models.TextChoices):
    """Who can solve an error: a person by changing data or settings, or a developer."""

    BUSINESS = "business", "Business"
    TECHNICAL = "technical", "Technical"


class Event(models.Model):
    """What both kinds of events share.

    There is no foreign key in the database: checking one costs more than writing the row. Events are only written for
    connections that were just read under a lock that erasure waits for (common.locks.EVENTS).
    """

    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    external_id = models.CharField(max_length=255, db_collation="C")
    entity = models.CharField(max_length=255)
    occurred_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.external_id


class ActivityEvent(Event):
    """Products (or another entity) created, updated or sent; `count` is how many."""

    kind = models.CharField(max_length=7, choices=EventKind)
    count = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["connection", "external_id"], name="activity_event_is_unique"),)
        indexes = (
            # Purging by age, recounting since a time.
            BrinIndex(fields=["occurred_at"], name="activity_event_by_time"),
        )


class ErrorEvent(Event):
    """One failed operation. `help` is a list of {kind, title, url}; `search_key` is what Monitoring searches."""

    category = models.CharField(max_length=9, choices=Category)
    message = models.TextField()
    code = models.CharField(max_length=255, blank=True)
    operation = models.CharField(max_length=6, blank=True)
    product_identifier = models.CharField(max_length=255, blank=True)
    product_label = models.CharField(max_length=255, blank=True)
    product_family = models.CharField(max_length=255, blank=True)
    channel = models.CharField(max_length=255, blank=True)
    locale = models.CharField(max_length=255, blank=True)
    help = models.JSONField(default=list, blank=True)
    search_key = KeyField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["connection", "external_id"], name="error_event_is_unique"),)
        indexes = (
            # Monitoring of one connection, newest first.
            models.Index(fields=["connection", "-occurred_at", "-external_id"], name="error_event_newest"),
            # Purging by age, recounting since a time.
            BrinIndex(fields=["occurred_at"], name="error_event_by_time"),
        )
