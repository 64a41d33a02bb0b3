"""Accounts at Chift are made, changed and scheduled here; nothing here calls the platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from common.sealing import UnsealError, seal, unseal
from sources.models import ChiftAccount, Source
from sources.validators import validate_source_name

DEFAULT_BASE_URL: Final = "https://api.chift.eu"
DEFAULT_INTERVAL_MINUTES: Final = 60


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What people decide about an account. An empty secret of an existing account means: keep the stored one."""

    base_url: str
    client_id: str
    account_id: str
    client_secret: str = ""
    webhook_secrets: str = ""
    interval_minutes: int = DEFAULT_INTERVAL_MINUTES

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r})"


def create_account(*, name: str, settings: Settings, now: datetime) -> ChiftAccount:
    """Make a source with its account; the first scheduled import comes an interval later. ValidationError."""
    if not settings.client_secret:
        raise ValidationError({"client_secret": "The client secret is missing."})
    source = Source(kind=Source.Kind.CHIFT, name=name, created_at=now)
    account = ChiftAccount(source=source)
    _write(account, settings)
    account.schedule_from(now)
    account.set_silence()
    _check(name, source, account)
    try:
        with transaction.atomic():
            source.save()
            account.source = source
            account.save()
    except IntegrityError as error:
        raise ValidationError({"name": f"There is a Chift source named “{name}” already."}) from error
    return account


@transaction.atomic
def change_account(*, account: ChiftAccount, settings: Settings, now: datetime) -> dict[str, tuple[object, object]]:
    """Change an account; return what changed, before and after, secrets only by name. ValidationError."""
    account = ChiftAccount.objects.select_for_update(of=("self",)).select_related("source").get(pk=account.pk)
    shown = ("base_url", "client_id", "account_id", "interval_minutes")
    before = {name: getattr(account, name) for name in shown}
    _write(account, settings)
    _check(account.source.name, account.source, account)
    changed = {name: (before[name], getattr(account, name)) for name in shown if before[name] != getattr(account, name)}
    if "interval_minutes" in changed:
        account.schedule_from(now)
        account.set_silence()
    account.save()
    given = {"client secret": settings.client_secret, "webhook secrets": settings.webhook_secrets}
    return {**changed, **{name: ("kept", "replaced") for name, value in given.items() if value}}


def set_paused(*, account: ChiftAccount, paused: bool, now: datetime) -> bool:
    """Stop or resume the schedule; False when it was so before."""
    found = ChiftAccount.objects.filter(pk=account.pk).exclude(is_paused=paused)
    return bool(found.update(is_paused=paused, next_import_at=now + account.interval))


def note_started(*, account: ChiftAccount, now: datetime) -> None:
    """Note that an import began: the next scheduled one comes an interval later."""
    account.schedule_from(now)
    account.save(update_fields=["next_import_at"])


def note_imported(*, account: ChiftAccount, now: datetime) -> None:
    """Note that an import brought something to an end: the source is not silent."""
    fresh = ChiftAccount.objects.select_related("source").get(pk=account.pk)
    fresh.last_imported_at = now
    fresh.set_silence()
    fresh.save(update_fields=["last_imported_at", "silent_at"])


def due_accounts(*, now: datetime) -> list[ChiftAccount]:
    """Return the accounts whose scheduled import is due, the longest due first."""
    due = ChiftAccount.objects.filter(is_paused=False, next_import_at__lte=now)
    return list(due.select_related("source").order_by("next_import_at", "id"))


def find_account(*, name: str) -> ChiftAccount | None:
    """Return the account of the source of that name."""
    return ChiftAccount.objects.select_related("source").filter(source__name=name).first()


def client_secret(account: ChiftAccount) -> str:
    """Return the secret for the platform. UnsealError: SECRET_KEY is another since."""
    return unseal(account.sealed_client_secret)


def webhook_secrets(account: ChiftAccount) -> list[str]:
    """Return the secrets that may sign webhooks; none when they can not be read any more."""
    try:
        stored = unseal(account.sealed_webhook_secrets)
    except UnsealError:
        return []
    return [secret.strip() for secret in stored.split(",") if secret.strip()]


def _write(account: ChiftAccount, settings: Settings) -> None:
    account.base_url = settings.base_url.strip().rstrip("/")
    account.client_id = settings.client_id.strip()
    account.account_id = settings.account_id.strip()
    account.interval_minutes = settings.interval_minutes
    if settings.client_secret:
        account.sealed_client_secret = seal(settings.client_secret)
    if settings.webhook_secrets:
        account.sealed_webhook_secrets = seal(settings.webhook_secrets)


def _check(name: str, source: Source, account: ChiftAccount) -> None:
    problems: dict[str, list[str]] = {}
    try:
        validate_source_name(name)
    except ValidationError as error:
        problems["name"] = error.messages
    for row, left_out in ((source, {"name"} & set(problems)), (account, {"source"})):
        try:
            row.clean_fields(exclude=left_out)
        except ValidationError as error:
            problems.update(error.message_dict)
    if problems:
        raise ValidationError(problems)
