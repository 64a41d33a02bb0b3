"""Links for customers are made, found, opened and revoked here."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import User
from common.erasing import delete_some
from consumers.models import Consumer
from dashboard.models import ShareLink
from syncs.models import Sync

LIFETIMES: Final = (1, 7, 30)  # days
DEFAULT_LIFETIME: Final = 7

_TOKEN_BYTES = 32
_PAGES = {ShareLink.Kind.CONSUMER: "consumer-link", ShareLink.Kind.SYNC: "sync-link"}


@dataclass(frozen=True)
class MadeLink:
    """A link with its address, which is known only now."""

    link: ShareLink
    address: str


@transaction.atomic
def make_link(*, consumerid: str, sync: Sync | None = None, days: int, by: User, now: datetime) -> MadeLink:
    """Make a link to the page of a live consumer. Consumer.DoesNotExist when it is gone.

    The consumer's row is held meanwhile, so a deletion at the same time either stops this or revokes what it made.
    """
    consumer = Consumer.objects.live().select_for_update(no_key=True).get(consumerid=consumerid)
    kind = ShareLink.Kind.SYNC if sync else ShareLink.Kind.CONSUMER
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = ShareLink.objects.create(
        kind=kind,
        consumer=consumer,
        sync=sync,
        token_hash=_hash(token),
        created_at=now,
        created_by=by,
        expires_at=now + timedelta(days=days),
    )
    return MadeLink(link, f"{settings.PUBLIC_URL}{reverse(_PAGES[kind], args=[token])}")


def revoke_link(*, link: ShareLink, now: datetime) -> bool:
    """Close a link for good; False when it was closed before."""
    return bool(ShareLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now))


def find_link(*, token: str, kind: ShareLink.Kind, now: datetime) -> ShareLink | None:
    """Return the working link of that token, with consumer and sync, in one query; None for every other token."""
    found = ShareLink.objects.working(now).filter(token_hash=_hash(token), kind=kind)
    return found.select_related("consumer", "sync").first()


def note_opened(*, link: ShareLink, now: datetime) -> None:
    """Note that a link was opened, at most one write a minute: many readers must not become many writers."""
    edge = now - timedelta(seconds=ShareLink.OPENED_EVERY_SECONDS)
    if link.last_opened_at is None or link.last_opened_at <= edge:
        due = Q(last_opened_at__isnull=True) | Q(last_opened_at__lte=edge)
        ShareLink.objects.filter(due, pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=now)


@transaction.atomic
def erase_links(*, consumer_ids: list[int], most: int) -> int:
    """Delete up to that many links of consumers that are being erased; return how many went."""
    return delete_some(ShareLink.objects.filter(consumer__in=consumer_ids), most)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
