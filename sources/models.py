"""Where records come from, and the keys that open the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from sources.validators import validate_account_id, validate_base_url, validate_one_line

# Bookkeeping of one row is written at most this often, so that busy keys cost no writes.
HEARD_EVERY = timedelta(minutes=1)


def not_since(column: str, now: datetime) -> models.Q:
    """Match rows whose bookkeeping column is due to be written again."""
    return models.Q(**{f"{column}__isnull": True}) | models.Q(**{f"{column}__lte": now - HEARD_EVERY})


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources of data."""

    def for_list(self) -> SourceQuerySet:
        """The sources as their page shows them, each with its key or account if it has one."""
        return self.select_related("api_key", "chift").order_by("name", "id")

    def hear(self, now: datetime) -> int:
        """Note that these sources were heard now; at most one write a minute a row."""
        return self.filter(not_since("last_heard_at", now)).update(last_heard_at=now)


class Source(models.Model):
    """One place that records come from: an API key, the import of files, or an account at a platform."""

    class Kind(models.TextChoices):
        """How records arrive."""

        API = "api", "API key"
        FILE = "file", "File import"
        CHIFT = "chift", "Chift"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)
    last_heard_at = models.DateTimeField(null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=["kind", "name"], name="source_name_is_unique"),
            models.CheckConstraint(condition=models.Q(kind__in=["api", "file", "chift"]), name="source_kind_is_known"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def owns_what_it_makes(self) -> bool:
        """Whether consumers, connections, syncs and activations made by it belong to it alone."""
        return self.kind == self.Kind.CHIFT


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """API keys."""

    def usable(self) -> ApiKeyQuerySet:
        """Keys that still open the API."""
        return self.filter(revoked_at__isnull=True)

    def for_list(self) -> ApiKeyQuerySet:
        """The keys as their page shows them: usable ones first, then by name."""
        return self.select_related("source").order_by(
            models.F("revoked_at").asc(nulls_first=True), "source__name", "id"
        )

    def use(self, now: datetime) -> int:
        """Note that these keys were used now; at most one write a minute a row."""
        return self.filter(not_since("last_used_at", now)).update(last_used_at=now)


class ApiKey(models.Model):
    """A key to the API. Only its SHA-256 is stored: a key is 256 random bits, so a slow hash would add nothing."""

    class Scope(models.TextChoices):
        """What the key may do; write includes read."""

        READ = "read", "Read"
        WRITE = "write", "Write"

    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="api_key")
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, choices=Scope)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ("source__name", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write"]), name="api_key_scope_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def may_write(self) -> bool:
        """Whether records may be sent with this key; every key may read."""
        return self.scope == self.Scope.WRITE


class ChiftAccount(models.Model):
    """An account at Chift: how to reach it, and how often to import it.

    The secrets are encrypted (common/sealing.py) and leave this table only for the platform or to check a signature;
    no page, log or audit entry shows them.
    """

    LEAST_INTERVAL_MINUTES: Final = 15

    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="chift")
    base_url = models.CharField(max_length=255, validators=[validate_base_url])
    client_id = models.CharField(max_length=255, validators=[validate_one_line])
    account_id = models.CharField(max_length=36, validators=[validate_account_id])
    sealed_client_secret = models.TextField()
    sealed_webhook_secrets = models.TextField(blank=True)  # one or more, separated by commas
    interval_minutes = models.PositiveIntegerField(default=60, validators=[MinValueValidator(LEAST_INTERVAL_MINUTES)])
    is_paused = models.BooleanField(default=False)
    next_import_at = models.DateTimeField()
    last_imported_at = models.DateTimeField(null=True, blank=True)  # the last run that brought something to an end
    silent_at = models.DateTimeField()  # from when on pages say that it is silent

    class Meta:
        ordering = ("source__name", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(interval_minutes__gte=15), name="chift_account_interval_is_at_least_15_minutes"
            ),
        )

    def __str__(self) -> str:
        return self.base_url

    @property
    def interval(self) -> timedelta:
        """How long it is from one scheduled import to the next."""
        return timedelta(minutes=self.interval_minutes)

    def is_silent(self, now: datetime) -> bool:
        """Whether twice its schedule has passed without a run that read something."""
        return self.silent_at <= now

    def schedule_from(self, now: datetime) -> None:
        """Let the next scheduled import come an interval from now."""
        self.next_import_at = now + self.interval

    def set_silence(self) -> None:
        """Derive from when on it is silent; whoever writes the interval or the last import calls it."""
        self.silent_at = (self.last_imported_at or self.source.created_at) + 2 * self.interval
