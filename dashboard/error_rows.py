"""Errors ready to be drawn: escaped, marked where they match a search, long messages cut, links checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from common import days, times
from common.rules import url_problem
from connections.models import ErrorEvent
from dashboard.marks import is_found, marked

# A longer message is cut, the rest unfolds.
_LONG = 320


@dataclass(frozen=True, slots=True)
class Help:
    """One link that helps: to the integrator's own pages, or elsewhere."""

    title: str
    url: str
    is_internal: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One error. Texts are safe HTML; `whole` is all of a message that was cut, `is_open` when only it matches."""

    error: ErrorEvent
    message: str
    whole: str
    is_open: bool
    code: str
    label: str
    identifier: str
    tags: tuple[tuple[str, str], ...]
    help: tuple[Help, ...]

    @property
    def has_product(self) -> bool:
        """Whether anything is known of the product."""
        return bool(self.label or self.identifier or self.tags)


@dataclass(frozen=True, slots=True)
class Day:
    """The errors of one local day."""

    heading: str
    rows: tuple[Row, ...]


def by_day(errors: Iterable[ErrorEvent], *, today: date, words: Sequence[str] = ()) -> list[Day]:
    """Put errors under the days of the viewer's zone, in the order in which they come."""
    grouped = groupby(errors, key=lambda error: times.local(error.occurred_at).date())
    return [
        Day("Today" if day == today else days.long(day), tuple(row(error, words) for error in members))
        for day, members in grouped
    ]


def row(error: ErrorEvent, words: Sequence[str] = ()) -> Row:
    """Make one error ready to be drawn."""
    head, is_cut = error.message[:_LONG], len(error.message) > _LONG
    tags = (
        ("Family", marked(error.product_family, words)),
        ("Channel", marked(error.channel, ())),
        ("Locale", marked(error.locale, ())),
    )
    return Row(
        error=error,
        message=marked(head, words),
        whole=marked(error.message, words) if is_cut else "",
        is_open=is_cut and not is_found(head, words) and is_found(error.message, words),
        code=marked(error.code, words),
        label=marked(error.product_label, words),
        identifier=marked(error.product_identifier, words),
        tags=tuple((name, text) for name, text in tags if text),
        help=help_links(error.help),
    )


def help_links(stored: Any) -> tuple[Help, ...]:  # noqa: ANN401 (JSON)
    """Return the links of an error that lead to web pages; anything else that is stored is left out."""
    return tuple(
        Help(link.get("title") or urlsplit(link["url"]).netloc, link["url"], link.get("kind") == "internal")
        for link in stored or ()
        if not url_problem(str(link.get("url", "")))
    )
