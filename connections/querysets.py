"""Questions about many connections at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from connections.models import Connection


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Connections, filtered in the words of the product."""

    def live(self) -> ConnectionQuerySet:
        """Those that count: neither they nor their consumers are deleted."""
        return self.filter(is_live=True)
