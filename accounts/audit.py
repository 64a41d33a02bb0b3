"""The audit log: who changed what, when, from what to what."""

from datetime import datetime

from accounts.models import AuditEntry, User


def record(
    *,
    actor: User,
    action: str,
    target_type: str,
    target: str,
    before: dict[str, object],
    after: dict[str, object],
    now: datetime,
) -> AuditEntry:
    """Write down one change, in the transaction of the change. Never pass a secret: entries are kept for good."""
    return AuditEntry.objects.create(
        at=now,
        actor=actor,
        actor_name=actor.username,
        action=action,
        target_type=target_type,
        target=target,
        before=before,
        after=after,
    )
