"""Syncs, what they require, and the consumers' activations of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce

from common.text import KeyField, search_key
from connections.models import Connector, UnifiedApi
from consumers.models import Consumer
from sources.models import Source

NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class Step(models.TextChoices):
    """The steps of an activation, in their order."""

    CONNECTIONS = "connections", "Connections"
    MAPPINGS = "mappings", "Mappings"
    CONFIGURATION = "configuration", "Configuration"
    ACTIVE = "active", "Active"

    @property
    def number(self) -> int:
        """Its place among them, from 1: what `step_number` holds."""
        return list(Step).index(self) + 1


class SyncIssue(models.TextChoices):
    """What keeps an activation, in the order in which it is judged (syncs/judging.py)."""

    CONNECTION_FAILED = "connection_failed", "Connection failed"
    NO_CONNECTION = "no_connection", "No connection"
    MAPPING_INCOMPLETE = "mapping_incomplete", "Mapping incomplete"
    CONFIGURATION_INCOMPLETE = "configuration_incomplete", "Configuration incomplete"
    SYNC_DISABLED = "sync_disabled", "Sync disabled"


class ActivationStatus(models.TextChoices):
    """Whether an activation runs."""

    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    INCOMPLETE = "incomplete", "Incomplete"


class MappingState(models.TextChoices):
    """How far one mapping of an activation is; skipped and hidden ones never count."""

    COMPLETE = "complete", "Complete"
    INCOMPLETE = "incomplete", "Incomplete"
    SKIPPED = "skipped", "Skipped"
    HIDDEN = "hidden", "Hidden"


class SyncQuerySet(models.QuerySet["Sync"]):
    """Syncs, filtered in the words of the product."""

    def live(self) -> SyncQuerySet:
        """Those that are not deleted."""
        return self.filter(is_deleted=False)

    def with_slots_for(self, connectors: Collection[int]) -> SyncQuerySet:
        """Those with a slot that counts in which one of these connectors, named by primary keys, can stand."""
        apis = Connector.objects.filter(pk__in=connectors).values("unified_api")
        slots = Requirement.objects.filter(Q(connector__in=connectors) | Q(unified_api__in=apis), is_hidden=False)
        return self.filter(pk__in=slots.values("sync"))


class Sync(models.Model):
    """A ready-made flow between software, defined once."""

    key = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    name_key = KeyField()
    mappings = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    is_deleted = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    owner = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SyncQuerySet.as_manager()

    class Meta:
        ordering = ("name_key", "id")
        constraints = (models.CheckConstraint(condition=~Q(key="") & ~Q(name=""), name="sync_has_a_key_and_a_name"),)

    def __str__(self) -> str:
        return self.name

    def set_keys(self) -> None:
        """Derive the sort key."""
        self.name_key = search_key(self.name)


class Requirement(models.Model):
    """One slot of a sync: any connector of a unified API, or one connector; hidden: the integrator's own side."""

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="requirements")
    position = models.PositiveSmallIntegerField()
    unified_api = models.ForeignKey(UnifiedApi, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    connector = models.ForeignKey(Connector, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_hidden = models.BooleanField(default=False)

    class Meta:
        ordering = ("sync", "position")
        constraints = (
            models.UniqueConstraint(fields=["sync", "position"], name="requirement_position_is_unique"),
            models.CheckConstraint(
                condition=Q(unified_api__isnull=True) ^ Q(connector__isnull=True), name="requirement_names_one_thing"
            ),
        )

    def __str__(self) -> str:
        return str(self.unified_api or self.connector)


def _by_step(values: dict[Step, object]) -> Case:
    """Return the value of the step at which an activation stands."""
    return Case(
        When(Q(is_configured=True) & ~Q(is_enabled=False), then=Value(values[Step.ACTIVE])),
        When(issue=SyncIssue.SYNC_DISABLED.value, then=Value(values[Step.ACTIVE])),
        When(
            issue__in=[SyncIssue.CONNECTION_FAILED.value, SyncIssue.NO_CONNECTION.value],
            then=Value(values[Step.CONNECTIONS]),
        ),
        When(issue=SyncIssue.MAPPING_INCOMPLETE.value, then=Value(values[Step.MAPPINGS])),
        default=Value(values[Step.CONFIGURATION]),
    )


class ActivationQuerySet(models.QuerySet["Activation"]):
    """Activations, filtered in the words of the product."""

    def live(self) -> ActivationQuerySet:
        """Those that count: neither they nor their consumers nor their syncs are deleted."""
        return self.filter(is_live=True)


_BY_NAME: Final = (F("consumer_name_key"), F("consumer"), F("id"))


class Activation(models.Model):
    """One consumer's attempt to switch one sync on.

    Step, issue, status and the lists of connectors and mappings are judged in the database whenever something they rest
    on changes (syncs/judging.py); the copies of its consumer's and its sync's liveness and name are kept by triggers.
    """

    # Without indexes of their own: others below begin with them.
    sync = models.ForeignKey(Sync, on_delete=models.PROTECT, related_name="activations", db_index=False)
    consumer = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="activations", db_index=False)
    opened_at = models.DateTimeField()
    mappings = models.JSONField(default=dict, blank=True)  # name → MappingState
    is_configured = models.BooleanField(default=False)
    is_enabled = models.BooleanField(null=True, blank=True)  # null: never said, so it equals is_configured
    activate_url = models.CharField(max_length=2000, blank=True)
    changed_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    is_deleted = models.BooleanField(default=False)
    owner = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    consumer_is_live = models.BooleanField(default=True, editable=False)
    sync_is_live = models.BooleanField(default=True, editable=False)
    consumer_name_key = KeyField(default="")
    sync_name_key = KeyField(default="")
    issue = models.CharField(max_length=24, choices=SyncIssue, blank=True, editable=False)
    # Connectors of the connections, of any status, that stand in a slot that counts.
    slot_connectors = ArrayField(models.BigIntegerField(), default=list, editable=False)
    failed_connectors = ArrayField(models.BigIntegerField(), default=list, editable=False)
    incomplete_mappings = ArrayField(models.CharField(max_length=255), default=list, editable=False)

    status = models.GeneratedField(
        expression=Case(
            When(is_configured=False, then=Value(ActivationStatus.INCOMPLETE.value)),
            When(is_enabled=False, then=Value(ActivationStatus.DISABLED.value)),
            default=Value(ActivationStatus.ACTIVE.value),
        ),
        output_field=models.CharField(max_length=10, choices=ActivationStatus),
        db_persist=True,
    )
    step = models.GeneratedField(
        expression=_by_step({step: step.value for step in Step}),
        output_field=models.CharField(max_length=13, choices=Step),
        db_persist=True,
    )
    # The place of its step, to sort by: a generated column can not rest on another one.
    step_number = models.GeneratedField(
        expression=_by_step({step: step.number for step in Step}),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    # To sort by: what was never active comes before everything.
    activated_order = models.GeneratedField(
        expression=Coalesce("activated_at", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )
    is_live = models.GeneratedField(
        expression=Case(
            When(Q(is_deleted=False) & Q(consumer_is_live=True) & Q(sync_is_live=True), then=Value(value=True)),
            default=Value(value=False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = ActivationQuerySet.as_manager()

    class Meta:
        ordering = ("sync", "consumer")
        indexes = (
            # Judging again after a change of a consumer's connections; a consumer's page.
            models.Index(F("consumer"), name="activation_of_consumer"),
            # The list of activations in the order of their consumers' names; the list of one sync, or sorted by step,
            # status or issue, in that order.
            models.Index(*_BY_NAME, name="activation_by_name", condition=Q(is_live=True)),
            models.Index(F("sync"), *_BY_NAME, name="activation_of_sync_by_name", condition=Q(is_live=True)),
            models.Index(F("step_number"), *_BY_NAME, name="activation_by_step", condition=Q(is_live=True)),
            models.Index(F("status"), *_BY_NAME, name="activation_by_status", condition=Q(is_live=True)),
            models.Index(F("issue"), *_BY_NAME, name="activation_by_issue", condition=Q(is_live=True)),
            # The list by the name of the sync (two names would not fit into one entry of an index), and by its times.
            models.Index(F("sync_name_key"), F("sync"), F("id"), name="activation_by_sync", condition=Q(is_live=True)),
            models.Index(F("opened_at"), F("id"), name="activation_by_opening", condition=Q(is_live=True)),
            models.Index(F("activated_order"), F("id"), name="activation_by_activating", condition=Q(is_live=True)),
            # The filters connector and unified_api, and what else is asked of the same activations. Without the pending
            # list, which every search would scan.
            GinIndex(
                *(F(name) for name in ("slot_connectors", "sync", "step", "issue")),
                name="activation_by_filters",
                fastupdate=False,
                condition=Q(is_live=True),
            ),
            # The probe of what a funnel links to; why activations of a sync have an issue.
            models.Index(F("sync"), F("issue"), F("status"), name="activation_standing", condition=Q(is_live=True)),
        )
        constraints = (
            models.UniqueConstraint(fields=["sync", "consumer"], name="activation_is_unique"),
            models.CheckConstraint(condition=Q(issue__in=["", *SyncIssue.values]), name="activation_issue_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.sync_id}/{self.consumer_id}"

    @property
    def counts_as_active(self) -> bool:
        """What `status` will be once this row is written: configured and not switched off."""
        return self.is_configured and self.is_enabled is not False


class SyncCount(models.Model):
    """How many live activations of a sync stand where: the ground of the funnel. Kept by a trigger on activations."""

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="counts")
    step = models.CharField(max_length=13, choices=Step)
    status = models.CharField(max_length=10, choices=ActivationStatus)
    issue = models.CharField(max_length=24, choices=SyncIssue, blank=True)
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sync", "step", "status", "issue"], name="sync_count_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.count} × {self.step} {self.status} {self.issue}"
