"""Addresses by name: what has no page yet has no address, and nothing links to it."""

from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, register_converter, reverse


class KeyConverter:
    """A key or name as one part of an address: any character but the slash, which no key holds."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """Return the key as it came, percent-decoded. ValueError: no key can hold that, so there is no such page."""
        if "\x00" in value:
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        """Return the key; reverse() encodes it."""
        return value


register_converter(KeyConverter, "key")


def address(name: str, *parts: str) -> str:
    """Return the address of that page, or an empty text when there is no such page."""
    try:
        if parts:
            return reverse(name, args=parts)
        return _of_page(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
    except NoReverseMatch:
        return ""


@lru_cache(maxsize=256)
def _of_page(name: str, urlconf: str, prefix: str) -> str:  # noqa: ARG001 (reverse looks at the prefix itself)
    """Return the address of a page without a key: each page asks for a hundred of them, and they never change."""
    return reverse(name, urlconf=urlconf)
