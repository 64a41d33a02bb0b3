"""Who makes a change, and the entry of the audit log that it leaves in its own transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest

from accounts import audit
from accounts.models import User
from common.middleware import request_now

Values = dict[str, object]


@dataclass(frozen=True)
class By:
    """Who makes a change, and when."""

    actor: User
    now: datetime


def by(request: HttpRequest) -> By:
    """Return who asks, and when; only people who are signed in come here."""
    return By(cast("User", request.user), request_now(request))


def note(
    who: By, action: str, target_type: str, target: str, *, before: Values | None = None, after: Values | None = None
) -> None:
    """Write down one change: the action as a past tense, then what it was done to. Never pass a secret."""
    audit.record(
        actor=who.actor,
        action=action,
        target_type=target_type,
        target=target,
        before=before or {},
        after=after or {},
        now=who.now,
    )
