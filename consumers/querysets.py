"""Questions about many consumers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from consumers.models import Consumer


class ConsumerQuerySet(models.QuerySet["Consumer"]):
    """Consumers, filtered in the words of the product."""

    def live(self) -> ConsumerQuerySet:
        """Those that count: neither deleted by the feed nor removed on the screen."""
        return self.filter(is_live=True)
