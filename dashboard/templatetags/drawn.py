"""Pieces of which a page has dozens, each built as one escaped string: templates for them would cost most of it."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from dashboard.charts import Cell, Part

register = template.Library()


@register.simple_tag
def bar(parts: Iterable[Part]) -> SafeString:
    """Draw one stacked bar.

    Hidden from screen readers and the Tab key: the numbers beside it say and link the same.
    """
    return SafeString(f'<svg height="14" aria-hidden="true">{"".join(map(_part, parts))}</svg>')


@register.simple_tag
def numbers(cells: Iterable[Cell]) -> SafeString:
    """Write the linked numbers of a row of a bar table."""
    return SafeString("".join(map(_cell, cells)))


def _cell(cell: Cell) -> str:
    nothing = "" if cell.count else ' class="zero"'
    link = f'<a href="{escape(cell.url)}"{nothing}>{cell.count:,}<span class="vh"> {escape(cell.status)}</span></a>'
    return f'<td class="num">{link}</td>'


def _part(part: Part) -> str:
    colour = f'fill="{escape(part.fill)}"' if part.fill else f'class="f-{escape(part.status)}"'
    edge = (
        ""
        if part.is_first
        else f'<line class="l-paper" x1="{part.x}" x2="{part.x}" y1="0" y2="14" stroke-width="1.5" />'
    )
    return (
        f'<a href="{escape(part.url)}" tabindex="-1"><rect x="{part.x}" width="{part.width}" height="14" {colour}>'
        f"<title>{part.count:,} {escape(part.label)}</title></rect></a>{edge}"
    )
