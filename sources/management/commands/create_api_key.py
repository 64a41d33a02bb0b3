"""create_api_key NAME --scope write|read: makes a key to the API."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sources import services
from sources.models import ApiKey


class Command(BaseCommand):
    """Makes a key and prints it once, alone on standard output, so that a script can take it."""

    help = "Create an API key and print it once. The scope write includes read."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME and --scope."""
        parser.add_argument("name", help="what sends or reads with the key, such as “orders service”")
        parser.add_argument("--scope", required=True, choices=ApiKey.Scope.values)

    def handle(self, *, name: str, scope: str, **_: object) -> None:
        """Make the key, or say in one line why not."""
        try:
            key, raw = services.create_key(name=name, scope=scope, now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stderr.write(f"API key “{key.source.name}”, scope {key.scope}. It is shown only now; keep it safe.")
        self.stdout.write(raw)
