"""Addresses by name: what has no page yet has no address, and nothing links to it."""

from functools import cache

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
    if not parts:
        return _of_page(name, get_urlconf(), get_script_prefix())
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return ""


@cache
def _of_page(name: str, urlconf: str | None, prefix: str) -> str:
    """Return the address of a page without a key; a page asks for a hundred of them, and they never change."""
    del urlconf, prefix  # what reverse() looks at besides the name
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
