"""create_source chift NAME --base-url URL --client-id ID --account-id UUID: makes a source that is imported."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from common.environment import secret
from sources.chift import DEFAULT_BASE_URL, DEFAULT_INTERVAL_MINUTES, Settings, create_account


class Command(BaseCommand):
    """Makes a Chift source; neither calls the platform nor starts an import."""

    help = "Make a Chift source. Its secrets come from CHIFT_CLIENT_SECRET and CHIFT_WEBHOOK_SECRET (or *_FILE)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the platform, NAME and the options."""
        parser.add_argument("kind", choices=["chift"], help="the platform")
        parser.add_argument("name", help="what the source is called; it stands in the address of its webhooks")
        parser.add_argument("--base-url", default=DEFAULT_BASE_URL, help=f"by default {DEFAULT_BASE_URL}")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--account-id", required=True)
        parser.add_argument(
            "--interval", type=int, default=DEFAULT_INTERVAL_MINUTES, help="minutes between imports, at least 15 (60)"
        )

    def handle(self, *, name: str, base_url: str, client_id: str, account_id: str, interval: int, **_: object) -> None:
        """Make the source and print the address of its webhooks, or say in one line why not."""
        chosen = Settings(
            base_url=base_url,
            client_id=client_id,
            account_id=account_id,
            client_secret=_secret("CHIFT_CLIENT_SECRET"),
            webhook_secrets=_secret("CHIFT_WEBHOOK_SECRET"),
            interval_minutes=interval,
        )
        if not chosen.client_secret:
            raise CommandError("Set CHIFT_CLIENT_SECRET, or CHIFT_CLIENT_SECRET_FILE.")
        try:
            create_account(name=name, settings=chosen, now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not chosen.webhook_secrets:
            self.stderr.write("CHIFT_WEBHOOK_SECRET is not set: every webhook is refused until the source has one.")
        self.stdout.write(f"{settings.PUBLIC_URL}{reverse('chift-webhook', args=[name])}")


def _secret(name: str) -> str:
    try:
        return (secret(name) or "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}_FILE names a file that can not be read: {error}") from error
