"""create_user NAME --role viewer|operator|admin: makes a person who can sign in."""

import getpass
import sys

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from accounts.models import Role
from common.environment import secret


class Command(BaseCommand):
    """Makes a user; the password is asked for, or taken from CONNMON_PASSWORD."""

    help = "Create a user. Asks for a password, or takes it from CONNMON_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare NAME and --role."""
        parser.add_argument("name", help="what the user signs in with")
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *, name: str, role: str, **_: object) -> None:
        """Make the user, or say in one line why not."""
        try:
            user = services.create_user(username=name, password=_password(), role=role)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{user.username} can sign in as {user.role}.")


def _password() -> str:
    given = _from_environment()
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError("Set CONNMON_PASSWORD, or run this on a terminal to be asked for a password.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise CommandError("The two passwords differ. Run the command again.")
    return password


def _from_environment() -> str | None:
    try:
        return secret("CONNMON_PASSWORD")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"CONNMON_PASSWORD_FILE names a file that can not be read: {error}") from error
