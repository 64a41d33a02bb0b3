"""The links made for a consumer or for one of its syncs: make one, see what became of each, revoke."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.middleware import request_now
from common.roles import operator_required
from consumers.models import Consumer
from dashboard import changes
from dashboard.auditing import by
from dashboard.forms import LinkForm
from dashboard.models import LinkState, ShareLink
from dashboard.sharing import MadeLink
from syncs.models import Activation, Sync

_PAGE = 25


@dataclass(frozen=True)
class Row:
    """A link with what has become of it."""

    link: ShareLink
    state: LinkState

    @property
    def can_be_revoked(self) -> bool:
        """Whether there is anything left to close."""
        return self.state in {LinkState.OPEN, LinkState.SHUT}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def links(request: HttpRequest, consumerid: str) -> HttpResponseBase:
    """Show the links of a consumer; POST makes a consumer link."""
    if request.method == "POST":
        return make(request, consumerid)
    row = get_object_or_404(Consumer, consumerid=consumerid)
    return _page(request, row, None, LinkForm())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sync_links(request: HttpRequest, consumerid: str, key: str) -> HttpResponseBase:
    """Show the links of one activation; POST makes a sync link."""
    if request.method == "POST":
        return make(request, consumerid, key)
    row = _activation(consumerid, key)
    return _page(request, row.consumer, row.sync, LinkForm())


@operator_required
def make(request: HttpRequest, consumerid: str, key: str = "") -> HttpResponse:
    """Make a link. The answer shows its address, this once, so it is no redirect and nothing keeps a copy."""
    row = get_object_or_404(Consumer.objects.live(), consumerid=consumerid)
    sync = _activation(consumerid, key).sync if key else None
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, row, sync, form)
    days = form.cleaned_data["days"]
    try:
        made = changes.make_link(by(request), consumerid=consumerid, sync=sync, days=days)
    except Consumer.DoesNotExist as error:  # deleted since it was loaded
        raise Http404 from error
    return _page(request, row, sync, LinkForm(), made)


@operator_required
@require_POST
def revoke(request: HttpRequest, consumerid: str, pk: int) -> HttpResponse:
    """Close a link for good."""
    links_of = ShareLink.objects.select_related("consumer").filter(consumer__consumerid=consumerid)
    link = get_object_or_404(links_of, pk=pk)
    if changes.revoke_link(by(request), link=link):
        messages.success(request, "The link opens nothing any more.")
    return redirect("consumer-links", consumerid)


def _activation(consumerid: str, key: str) -> Activation:
    rows = Activation.objects.live().select_related("consumer", "sync")
    return get_object_or_404(rows, consumer__consumerid=consumerid, sync__key=key)


def _page(
    request: HttpRequest, row: Consumer, sync: Sync | None, form: LinkForm, made: MadeLink | None = None
) -> HttpResponse:
    now = request_now(request)
    made_before = row.share_links.with_subject().select_related("created_by", "sync")
    if sync is not None:
        made_before = made_before.filter(sync=sync)
    page = Paginator(made_before, _PAGE).get_page(request.GET.get("page"))
    context = {
        "consumer": row,
        "sync": sync,
        "form": form,
        "made": made,
        "page": page,
        "rows": [Row(link, _state(link, now)) for link in page],
    }
    return render(request, "dashboard/consumer_links.html", context)


def _state(link: ShareLink, now: datetime) -> LinkState:
    state = link.state(now)
    return LinkState.SHUT if state == LinkState.OPEN and not link.has_subject else state
