"""Questions about sources and keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from sources.models import ApiKey, Source  # noqa: F401 (named in annotations only)

# Bookkeeping of one row is written at most this often, so that busy keys cost no writes.
HEARD_EVERY = timedelta(minutes=1)


def not_since(column: str, now: datetime) -> Q:
    """Match rows whose bookkeeping column is due to be written again."""
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lte": now - HEARD_EVERY})


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources of data."""

    def for_list(self) -> SourceQuerySet:
        """The sources as their page shows them, each with its key or account if it has one."""
        return self.select_related("api_key", "chift").order_by("name", "id")

    def hear(self, now: datetime) -> int:
        """Note that these sources were heard now; at most one write a minute a row."""
        return self.filter(not_since("last_heard_at", now)).update(last_heard_at=now)


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
