"""The links made for a consumer: make one, see what became of each, revoke."""

from dataclasses import dataclass

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

_PAGE = 25


@dataclass(frozen=True)
class Row:
    """A link with what has become of it."""

    link: ShareLink
    state: LinkState

    @property
    def can_be_revoked(self) -> bool:
        """Whether there is anything left to close."""
        return self.state == LinkState.OPEN


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def links(request: HttpRequest, consumerid: str) -> HttpResponseBase:
    """Show the links of a consumer; POST makes one."""
    if request.method == "POST":
        return make(request, consumerid)
    row = get_object_or_404(Consumer, consumerid=consumerid)
    return _page(request, row, LinkForm())


@operator_required
def make(request: HttpRequest, consumerid: str) -> HttpResponse:
    """Make a link. The answer shows its address, this once, so it is no redirect and nothing keeps a copy."""
    row = get_object_or_404(Consumer.objects.live(), consumerid=consumerid)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        made = changes.make_consumer_link(by(request), consumerid=consumerid, days=form.cleaned_data["days"])
    except Consumer.DoesNotExist as error:  # deleted since it was loaded
        raise Http404 from error
    return _page(request, row, LinkForm(), made)


@operator_required
@require_POST
def revoke(request: HttpRequest, consumerid: str, pk: int) -> HttpResponse:
    """Close a link for good."""
    links_of = ShareLink.objects.select_related("consumer").filter(consumer__consumerid=consumerid)
    link = get_object_or_404(links_of, pk=pk)
    if changes.revoke_link(by(request), link=link):
        messages.success(request, "The link opens nothing any more.")
    return redirect("consumer-links", consumerid)


def _page(request: HttpRequest, row: Consumer, form: LinkForm, made: MadeLink | None = None) -> HttpResponse:
    now = request_now(request)
    page = Paginator(row.share_links.select_related("created_by", "sync"), _PAGE).get_page(request.GET.get("page"))
    context = {
        "consumer": row,
        "form": form,
        "made": made,
        "page": page,
        "rows": [Row(link, link.state(now)) for link in page],
    }
    return render(request, "dashboard/consumer_links.html", context)
