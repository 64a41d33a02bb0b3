"""create_demo_users: the three users of the demo, whose password everybody knows."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import services

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Command(BaseCommand):
    """Makes viewer, operator and admin with the password “demo” where they are missing."""

    help = "Create the demo users viewer, operator and admin, password “demo”. Only where PUBLIC_URL is this machine."

    def handle(self, **_: object) -> None:
        """Make those that are missing; users that are there stay as they are."""
        if urlsplit(settings.PUBLIC_URL).hostname not in _THIS_MACHINE:
            raise CommandError("Demo users have a known password, so they are only made where PUBLIC_URL is 127.0.0.1.")
        made = services.create_demo_users()
        self.stdout.write(f"Demo users created: {', '.join(user.username for user in made) or 'none, all are there'}.")
