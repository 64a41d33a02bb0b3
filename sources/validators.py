"""What the settings of a source may hold."""

from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError

from common.rules import key_problem, url_problem

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def validate_source_name(name: str) -> None:
    """Refuse a name that can not stand in the address of its webhooks."""
    problem = key_problem(name)
    if problem:
        raise ValidationError(f"The name {problem}.")


def validate_base_url(url: str) -> None:
    """Refuse what is no address of a platform; secrets travel there, so plain http is for this machine only."""
    if url_problem(url):
        raise ValidationError("Give an address such as https://api.chift.eu.")
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValidationError("Give the address alone, without user, query or fragment.")
    if parts.scheme.lower() == "http" and parts.hostname not in _LOOPBACK:
        raise ValidationError("The address must begin with https://: secrets are sent there.")


def validate_account_id(text: str) -> None:
    """Refuse what is no UUID."""
    try:
        UUID(text)
    except ValueError as error:
        raise ValidationError("The account id must be a UUID, as Chift shows it.") from error


def validate_one_line(text: str) -> None:
    """Refuse control characters, which no id holds."""
    if not text.isprintable():
        raise ValidationError("This must be one line of printable characters.")
