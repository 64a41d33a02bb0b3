"""Page, CSV and API of any list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from common.csv import csv_response
from common.middleware import request_now
from common.problems import ProblemError, problem
from dashboard.lists.filters import PAGE, ListFilters
from dashboard.lists.listing import Listing
from dashboard.lists.selection import Selection, Total

# What htmx puts in place: the whole list with its bar, or the rows below the bar.
_FRAGMENTS = {"list": "dashboard/lists/list.html", "results": "dashboard/lists/results.html"}


class _Counted(Paginator):  # type: ignore[type-arg]
    """Pages of rows that are counted and cut by the selection."""

    def __init__(self, count: int) -> None:
        super().__init__([], PAGE)
        self.count = count


def page(request: HttpRequest, listing: Listing) -> HttpResponse:
    """Show a list, or the part of its page that htmx asked for."""
    filters = listing.asked(request.GET)
    template = _FRAGMENTS.get(request.htmx.target or "", listing.template)  # type: ignore[attr-defined]
    context = {"listing": listing, "filters": filters, "now": request_now(request), **_shown(request, listing, filters)}
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    if template != listing.template:
        response["HX-Push-Url"] = context["url"]
    return response


def export(request: HttpRequest, listing: Listing) -> HttpResponseBase:
    """Download the rows of a query string, all pages, in the order of the page."""
    filters = listing.asked(request.GET)
    if filters.problems:
        return problem(400, _detail(filters))
    day = timezone.localtime(request_now(request)).date().isoformat()
    rows = Selection(filters).rows.annotate(**{field.alias: field.text for field in listing.fields})
    return csv_response(rows, [field.column for field in listing.fields], name=f"{listing.filename}-{day}")


def api(request: HttpRequest, listing: Listing) -> JsonResponse:
    """Answer one page of rows as JSON, with the address of the next one."""
    filters = listing.asked(request.GET)
    if filters.problems:
        raise ProblemError(400, _detail(filters))
    size = filters.limit_number
    skip = (filters.page_number - 1) * size if filters.position is None else 0
    keys, cursor = Selection(filters).after(filters.position, size, skip=skip)
    more = filters.query(limit=str(size), cursor=cursor)
    following = request.build_absolute_uri(f"{request.path}?{more}") if cursor else None
    return JsonResponse({"results": listing.records(keys), "next": following})


def _detail(filters: ListFilters) -> str:
    return "; ".join(f"{problem.parameter}: {problem.text}" for problem in filters.problems) + "."


def _shown(request: HttpRequest, listing: Listing, filters: ListFilters) -> dict[str, Any]:
    """Return what the templates of a list need."""
    if filters.problems:
        return {"problems": filters.problems, "url": reverse(listing.page), "choices": []}
    selection = Selection(filters, counts=True)
    number = filters.page_number
    keys = selection.page(number, PAGE)
    choices = listing.choices(filters)
    query = filters.query()
    shown = filters.query(page=str(number)) if number > 1 else query
    return {
        "table": listing.table(keys, filters, request) if keys else None,
        "total": selection.total,
        "everything": listing.everything(),
        "pager": _pager(selection.total, number, len(keys)),
        "choices": choices,
        "chips": listing.chips(filters, choices),
        "actions": listing.actions(filters, request),
        "given_q": filters.data.get("q", ""),
        "url": f"{reverse(listing.page)}{'?' if shown else ''}{shown}",
        "csv_url": f"{reverse(listing.export)}{'?' if query else ''}{query}",
    }


def _pager(total: Total, number: int, shown: int) -> dict[str, Any] | None:
    """Return the page for the component, with the words at its start."""
    if not shown:
        return None
    before = (number - 1) * PAGE
    # Beyond what was counted there is one more page to ask for, until one is not full.
    more = 1 if shown == PAGE and not total.is_exact else 0
    count = total.count if total.is_exact else max(total.count, before + shown + more)
    return {"page": Page([], number, _Counted(count)), "scope": f"{before + 1:,}–{before + shown:,} of {total}"}
