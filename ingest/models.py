"""What importers and webhooks leave behind: runs, deliveries, and how far each has read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import F, Q

from sources.models import Source

# What a run counts, and what people call it.
COUNTS: Final = (
    ("consumers", "consumers"),
    ("connections", "connections"),
    ("syncs", "syncs"),
    ("activations", "activations"),
    ("issues", "issues"),
    ("warnings", "warnings"),
    ("unconnected", "issues without a connection"),
    ("errors", "new errors"),
    ("accepted", "records accepted"),
    ("duplicate", "duplicate"),
    ("stale", "stale"),
)


class ImportRun(models.Model):
    """One reading of a platform: of all it has (full), or of the consumers that webhooks named (object).

    A run that was killed stays without an end until whoever holds the source's lock next closes it.
    """

    class Kind(models.TextChoices):
        """How much a run reads."""

        FULL = "full", "Full import"
        OBJECT = "object", "After webhooks"

    class Outcome(models.TextChoices):
        """How a run ended; empty while it is under way."""

        COMPLETE = "complete", "Complete"
        PARTIAL = "partial", "Partial"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="import_runs")
    kind = models.CharField(max_length=6, choices=Kind)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    done = models.PositiveIntegerField(default=0)  # answers read so far …
    total = models.PositiveIntegerField(default=0)  # … of so many, as far as is known
    counts = models.JSONField(default=dict, blank=True)  # what was read, by the words of the page
    errors = models.JSONField(default=list, blank=True)  # the first so many, in plain words
    error_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (
            # The runs of one source, newest first; the latest of each.
            models.Index(F("source"), F("started_at").desc(), F("id").desc(), name="import_run_of_source"),
            # The purge, and runs that never ended.
            models.Index(F("started_at"), name="import_run_by_start"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, outcome="") | Q(finished_at__isnull=False) & ~Q(outcome=""),
                name="import_run_has_an_outcome_when_finished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.finished_at is None

    @property
    def told(self) -> list[tuple[str, int]]:
        """What was read and what became of it, in the order in which people read it; zeros are left out."""
        return [(words, count) for name, words in COUNTS if (count := self.counts.get(name, 0))]

    def lasted(self, now: datetime) -> timedelta:
        """Return how long it took, or has taken so far."""
        return (self.finished_at or now) - self.started_at


class WebhookDelivery(models.Model):
    """One signed event of a platform: a hint to read an object again."""

    class State(models.TextChoices):
        """What has become of it."""

        WAITING = "waiting", "Waiting"
        APPLIED = "applied", "Applied"
        IGNORED = "ignored", "Ignored"
        FAILED = "failed", "Failed"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="webhook_deliveries")
    event = models.CharField(max_length=100, blank=True)
    consumerid = models.CharField(max_length=255, blank=True)
    issue_id = models.CharField(max_length=255, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            # The deliveries of one source, newest first.
            models.Index(F("source"), F("received_at").desc(), F("id").desc(), name="delivery_of_source"),
            # What is to be applied now.
            models.Index(F("source"), F("due_at"), name="delivery_waiting", condition=Q(state="waiting")),
            # The purge.
            models.Index(F("received_at"), name="delivery_by_receipt"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class ReadMark(models.Model):
    """When an object was last read from its platform: what was read before that is older, whoever brings it later."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=511)  # a consumerid, or a consumerid and a sync key
    read_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key"], name="read_mark_is_unique"),)

    def __str__(self) -> str:
        return self.key


class IssueMark(models.Model):
    """How far the events of an issue have been read."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    issue_id = models.CharField(max_length=255)
    occurrences = models.BigIntegerField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "issue_id"], name="issue_mark_is_unique"),)

    def __str__(self) -> str:
        return self.issue_id
