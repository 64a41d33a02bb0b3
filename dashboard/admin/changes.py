"""What admins change: each change and its entry in the audit log in one transaction."""

from django.db import transaction

from accounts import services as accounts
from accounts.models import User
from dashboard.auditing import By, Values, note
from sources import services as sources
from sources.models import ApiKey, Source


@transaction.atomic
def create_user(who: By, *, username: str, password: str, role: str) -> User:
    """Make a user."""
    user = accounts.create_user(username=username, password=password, role=role)
    _note_user(who, "created", user, after={"role": role})
    return user


@transaction.atomic
def change_role(who: By, *, user: User, role: str) -> User:
    """Give a user another role."""
    former = accounts.change_role(user=user, role=role)
    if former != role:
        _note_user(who, "changed the role of", user, before={"role": former}, after={"role": role})
    return user


@transaction.atomic
def set_active(who: By, *, user: User, is_active: bool) -> None:
    """Lock a user out, or let them in again."""
    change, action = (accounts.reactivate, "reactivated") if is_active else (accounts.deactivate, "deactivated")
    if change(user=user):
        _note_user(who, action, user, before={"active": not is_active}, after={"active": is_active})


@transaction.atomic
def set_password(who: By, *, user: User, password: str) -> User:
    """Give a user a new password; the log says that, and nothing about the password."""
    accounts.set_password(user=user, password=password)
    _note_user(who, "set a new password for", user)
    return user


@transaction.atomic
def create_key(who: By, *, name: str, scope: str) -> tuple[ApiKey, str]:
    """Make an API key; only here it is known in full."""
    key, raw = sources.create_key(name=name, scope=scope, now=who.now)
    _note_key(who, "created", key, after={"scope": scope, "prefix": key.prefix})
    return key, raw


@transaction.atomic
def revoke_key(who: By, *, key: ApiKey) -> None:
    """Close an API key for good."""
    if sources.revoke_key(key=key, now=who.now):
        _note_key(who, "revoked", key, before={"revoked": False}, after={"revoked": True})


@transaction.atomic
def rename_source(who: By, *, source: Source, name: str) -> Source:
    """Give the source of an API key another name."""
    former = sources.rename(source=source, name=name)
    if former != name:
        note(who, "renamed", "source", former, before={"name": former}, after={"name": name})
    return source


def _note_user(who: By, action: str, user: User, *, before: Values | None = None, after: Values | None = None) -> None:
    note(who, action, "user", user.username, before=before, after=after)


def _note_key(
    who: By,
    action: str,
    key: ApiKey,
    *,
    before: Values | None = None,
    after: Values | None = None,
) -> None:
    note(who, action, "API key", key.source.name, before=before, after=after)
