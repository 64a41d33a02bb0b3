"""Where records come from, and the keys that open the API."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sources.querysets import ApiKeyQuerySet, SourceQuerySet


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
