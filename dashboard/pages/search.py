"""The global search: the consumer with that very consumerid first, then those with a part of their name."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from common.addresses import address
from consumers.models import ConnectionIssue, Consumer
from dashboard import issues, links
from dashboard.lists.consumers import ConsumerFilters
from dashboard.lists.selection import Selection

_SUGGESTED = 8
_SHOWN = 25


@dataclass(frozen=True)
class Hit:
    """One consumer that was found, the address of its page, and its issue with its sign."""

    consumer: Consumer
    url: str
    issue: str
    status: str


@dataclass(frozen=True)
class Hits:
    """The first consumers that were found, and whether there are more."""

    rows: list[Hit]
    is_cut: bool


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what a search finds; the only hit at once. htmx asks for suggestions."""
    text = request.GET.get("q", "")
    suggests = request.htmx.target == "suggestions"  # type: ignore[attr-defined]
    hits = find(text, _SUGGESTED if suggests else _SHOWN)
    if not suggests and len(hits.rows) == 1 and not hits.is_cut:
        return redirect(hits.rows[0].url)
    template = "dashboard/search/suggestions.html" if suggests else "dashboard/search/search.html"
    context = {"text": text, "hits": hits, "list_url": links.consumers(q=text)}
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def find(text: str, most: int) -> Hits:
    """Return the first hits, the one with that very consumerid before all others."""
    query = QueryDict(mutable=True)
    query["q"] = text
    filters = ConsumerFilters(query, Consumer.objects.live())
    if not text or filters.problems:
        return Hits([], is_cut=False)
    exact = Consumer.objects.live().filter(consumerid=text)
    keys = Selection(filters, counts=True).page(1, most + 1)
    found = Consumer.objects.in_bulk(keys)
    first = {row.pk: row for row in [*exact, *(found[key] for key in keys)]}
    rows = list(first.values())
    return Hits(list(_hits(rows[:most])), is_cut=len(rows) > most)


def _hits(rows: list[Consumer]) -> Iterator[Hit]:
    for row in rows:
        issue = ConnectionIssue(row.issue) if row.issue else None
        status = issues.MEANINGS[issue].status if issue else "active"
        url = address("consumer", row.consumerid) or links.consumers(q=row.consumerid)
        yield Hit(row, url, str(issue.label) if issue else "", status)
