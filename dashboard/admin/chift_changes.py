"""What admins change of Chift sources, each change with its entry in the audit log; secrets are never in it."""

from django.db import transaction

from dashboard.auditing import By, note
from ingest import services
from ingest.services import WebhookDelivery
from sources import chift
from sources.chift import Settings
from sources.models import ChiftAccount


@transaction.atomic
def create(who: By, *, name: str, settings: Settings) -> ChiftAccount:
    """Make a Chift source. ValidationError."""
    account = chift.create_account(name=name, settings=settings, now=who.now)
    note(who, "created", "Chift source", name, after=_shown(account))
    return account


@transaction.atomic
def change(who: By, *, account: ChiftAccount, settings: Settings) -> ChiftAccount:
    """Change how a Chift source is reached. ValidationError."""
    changed = chift.change_account(account=account, settings=settings, now=who.now)
    if changed:
        before = {name: values[0] for name, values in changed.items()}
        after = {name: values[1] for name, values in changed.items()}
        note(who, "changed", "Chift source", account.source.name, before=before, after=after)
    return account


@transaction.atomic
def set_paused(who: By, *, account: ChiftAccount, paused: bool) -> None:
    """Stop or resume the schedule."""
    if chift.set_paused(account=account, paused=paused, now=who.now):
        words = "paused" if paused else "resumed"
        note(who, words, "Chift source", account.source.name, before={"paused": not paused}, after={"paused": paused})


@transaction.atomic
def ask_import(who: By, *, account: ChiftAccount) -> bool:
    """Ask for an import now; False when the queue is away."""
    note(who, "asked for an import of", "Chift source", account.source.name)
    return services.ask_import(account.source)


@transaction.atomic
def cancel(who: By, *, account: ChiftAccount) -> bool:
    """Ask the import under way to end; False when there is none."""
    cancelled = services.cancel(account.source, now=who.now)
    if cancelled:
        note(who, "cancelled the import of", "Chift source", account.source.name)
    return cancelled


@transaction.atomic
def run_again(who: By, *, delivery: WebhookDelivery) -> bool:
    """Apply a delivery once more; False when there is nothing to do."""
    again = services.run_again(delivery, now=who.now)
    if again:
        after: dict[str, object] = {"delivery": delivery.pk, "event": delivery.event}
        note(who, "ran again a delivery of", "Chift source", delivery.source.name, after=after)
    return again


def _shown(account: ChiftAccount) -> dict[str, object]:
    return {
        "base_url": account.base_url,
        "client_id": account.client_id,
        "account_id": account.account_id,
        "interval_minutes": account.interval_minutes,
    }
