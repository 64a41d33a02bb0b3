"""What the pages keep for themselves: the links given to customers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import User
from consumers.models import Consumer
from syncs.models import Activation, Sync


class LinkState(models.TextChoices):
    """What has become of a link."""

    OPEN = "open", "Open"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
    SHUT = "shut", "Shut"  # of an activation that is gone; it opens again if that returns


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Links, filtered in the words of the product."""

    def working(self, now: datetime) -> ShareLinkQuerySet:
        """Those that open their page: neither expired nor revoked, and what they show is there.

        Deleting a consumer revokes its links.
        """
        in_time = self.filter(revoked_at__isnull=True, expires_at__gt=now, consumer__is_live=True)
        return in_time.with_subject().filter(has_subject=True)

    def with_subject(self) -> ShareLinkQuerySet:
        """Add `has_subject`: whether what a link shows besides its consumer is there."""
        activation = Activation.objects.live().filter(consumer=OuterRef("consumer"), sync=OuterRef("sync"))
        return self.annotate(has_subject=Q(Q(kind=ShareLink.Kind.CONSUMER) | Exists(activation)))


class ShareLink(models.Model):
    """A public page for one consumer behind an address that nobody can guess.

    The address holds a random token; only its SHA-256 is stored, so what is stored opens nothing. A trigger on
    consumers revokes a consumer's links when it is deleted, by whomever (see dashboard/migrations), so that a return
    revives none.
    """

    class Kind(models.TextChoices):
        """What the page shows."""

        CONSUMER = "consumer", "Consumer link"
        SYNC = "sync", "Sync link"

    OPENED_EVERY_SECONDS: Final = 60  # at most one write of bookkeeping in that time

    kind = models.CharField(max_length=8, choices=Kind)
    consumer = models.ForeignKey(Consumer, on_delete=models.PROTECT, related_name="share_links")
    sync = models.ForeignKey(Sync, null=True, blank=True, on_delete=models.PROTECT, related_name="share_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)  # minutes in which it was opened
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            # The links of one consumer, newest first; the trigger that revokes them.
            models.Index(F("consumer"), F("created_at").desc(), F("id").desc(), name="share_link_of_consumer"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="consumer", sync__isnull=True) | Q(kind="sync", sync__isnull=False),
                name="share_link_names_a_sync_when_it_is_of_one",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="share_link_expires_later"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def state(self, now: datetime) -> LinkState:
        """Return what has become of it."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        return LinkState.OPEN if self.expires_at > now else LinkState.EXPIRED
