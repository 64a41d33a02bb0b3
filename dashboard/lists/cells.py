"""The pieces of which the body of a list is made: escaped strings, built without a template, as a page has hundreds."""

from datetime import datetime
from urllib.parse import quote

from django.utils.html import escape
from django.utils.safestring import SafeString

from common import times
from common.addresses import address
from common.templatetags.connmon import glyph

_BLANK = "-blank-"
_AS_IS = "!$&'()*+,;=~:@"  # what reverse() leaves as it is


class Addresses:
    """Addresses of one kind of page, worked out once; empty while there is no such page."""

    def __init__(self, page: str) -> None:
        self._before, blank, self._after = address(page, _BLANK).partition(_BLANK)
        self._exist = bool(blank)

    def of(self, key: str) -> str:
        """Return the address of the page of a key."""
        return f"{self._before}{quote(key, safe=_AS_IS)}{self._after}" if self._exist else ""


def link(url: str, name: str, css: str) -> str:
    """A name in its own direction, linked where there is a page."""
    if not url:
        return f'<bdi class="{css}">{escape(name)}</bdi>'
    return f'<a class="{css}" href="{escape(url)}"><bdi>{escape(name)}</bdi></a>'


def signed(url: str, status: str, name: str) -> str:
    """The sign of a status with a name and, for those who do not see it, the status as a word."""
    inner = f'{glyph(status)}<bdi>{escape(name)}</bdi><span class="vh">, {status}</span>'
    return f'<a class="conn" href="{escape(url)}">{inner}</a>' if url else f'<span class="conn">{inner}</span>'


def time(at: datetime, words: str) -> str:
    """A time, exact for machines and on hover."""
    return f'<time datetime="{times.iso(at)}" title="{escape(times.exact(at))}">{words}</time>'


def joined(parts: list[str]) -> SafeString:
    """Return parts that are safe each as one safe text."""
    return SafeString("".join(parts))
