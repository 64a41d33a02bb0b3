"""Template tags and filters of every page; they are built in, no template loads them.

{% icon "users" %}                 one icon of the lucide set
{% glyph "failed" %}               the sign of a status (templates/components/glyph.html lists them)
{% when at %} {% day at %} {% long_day at %} {% ago at %} {% clock at %}    a time in the viewer's zone, as <time>
{% zone %}                         the name of the viewer's zone
{% address "consumer" key as url %}        an address, empty while that page does not exist
{% name_link "consumer" key name %}        a name, linked when its page exists
{% control field %}                the control of a form's field, with its class
{{ window|span }}                  the days of a window: Monday 16 to Sunday 22 November 2026
{{ n|thousands }}  {{ n|plural:"consumer" }}  {{ name|initials }}  {{ text|code }}
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from django import template
from django.forms import BoundField, Select, Textarea
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide as draw

from common import addresses, days, times
from common.windows import Window

register = template.Library()

_CODE = re.compile(r"""(?P<c>^\#.*$)|(?P<s>"[^"\n]*")|(?P<k>https?://[^\s"]+)""", re.MULTILINE)
_TICKS = {"checkbox", "radio"}


# --- signs ------------------------------------------------------------------------------------------------------------


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> str:
    """Draw an icon; it is decoration, so the words beside it carry the meaning."""
    return SafeString(draw(name, size=None, **{"class": "i", "aria-hidden": "true"}))


@register.simple_tag
@lru_cache(maxsize=32)
def glyph(status: str) -> str:
    """Draw the sign of a status."""
    return SafeString(render_to_string("components/glyph.html", {"status": status}).strip())


# --- numbers and words ------------------------------------------------------------------------------------------------


@register.filter
def thousands(number: int) -> str:
    """Write a whole number with commas: 4,213."""
    return f"{number:,}"


@register.filter
def plural(number: int, noun: str) -> str:
    """Write a count with its noun: 1 consumer, 4,213 consumers."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@register.filter
def minutes(span: timedelta) -> int:
    """Return how many minutes that is, rounded up."""
    return -(-span // timedelta(minutes=1))


@register.filter
def initials(name: str) -> str:
    """Return up to two letters that stand for a person: Lotte Maes, lotte.maes → LM."""
    words = [word for word in re.split(r"[\W_]+", name) if word]
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else name[:2]
    return letters.upper()


@register.filter(is_safe=True)
def code(text: str) -> str:
    """Colour the comments, strings and addresses of a command or a JSON text."""
    parts, at = [], 0
    for found in _CODE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(format_html('<span class="{}">{}</span>', found.lastgroup, found.group()))
        at = found.end()
    return SafeString("".join([*parts, escape(text[at:])]))


# --- times ------------------------------------------------------------------------------------------------------------


def _now(context: Context) -> datetime:
    request = context.get("request")
    return getattr(request, "now", None) or timezone.now()


def _time(at: datetime | None, words: Callable[[datetime], str]) -> str:
    if at is None:
        return ""
    return format_html('<time datetime="{}" title="{}">{}</time>', times.iso(at), times.exact(at), words(at))


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | None) -> str:
    """Show a date and time: 2 Nov, 10:21."""
    return _time(at, lambda value: times.minute(value, _now(context)))


@register.simple_tag(takes_context=True)
def day(context: Context, at: datetime | None) -> str:
    """Show a date: 2 Nov."""
    return _time(at, lambda value: times.day(value, _now(context)))


@register.simple_tag(takes_context=True)
def long_day(context: Context, at: datetime | None) -> str:
    """Show a date in full: 2 November."""
    return _time(at, lambda value: times.long_day(value, _now(context)))


@register.simple_tag(takes_context=True)
def ago(context: Context, at: datetime | None) -> str:
    """Show how long ago that was: 4 min ago."""
    return _time(at, lambda value: times.ago(value, _now(context)))


@register.simple_tag
def clock(at: datetime | None) -> str:
    """Show a time of day: 14:32:07."""
    return _time(at, times.clock)


@register.simple_tag
def zone() -> str:
    """Show the name of the viewer's zone."""
    return times.zone_name()


@register.filter
def span(window: Window) -> str:
    """Show from which day to which a window goes: Monday 16 to Sunday 22 November 2026."""
    return days.span(window.days[0], window.days[-1])


# --- links ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def address(name: str, *parts: str) -> str:
    """Return the address of a page, or an empty text while there is no such page."""
    return addresses.address(name, *parts)


@register.simple_tag
def name_link(page: str, key: str, name: str, css: str = "name") -> str:
    """Show a name in its own direction, linked to its page when there is one."""
    url = addresses.address(page, key)
    if not url:
        return format_html('<bdi class="{}">{}</bdi>', css, name)
    return format_html('<a class="{}" href="{}"><bdi>{}</bdi></a>', css, url, name)


# --- forms ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def control(field: BoundField) -> str:
    """Draw the control of a field with the class that fits its kind."""
    widget = field.field.widget
    if getattr(widget, "input_type", "") in _TICKS:
        css = "check"
    elif isinstance(widget, Select):
        css = "select"
    else:
        css = "input input--area" if isinstance(widget, Textarea) else "input"
    return field.as_widget(attrs={"class": f"{css} {widget.attrs.get('class', '')}".strip()})
