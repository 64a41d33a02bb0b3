"""The way from a public link to the platform's own page, whose address is made when the customer asks for it.

Such an address lasts half an hour, ours for days. The answer is a page that holds it: a redirect to another host after
a form is what our policy (form-action) forbids.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.limits import seconds_to_wait
from common.middleware import request_now
from dashboard.models import ShareLink
from dashboard.pages.public import busy, gone, public_page, show
from ingest import services
from ingest.services import PlatformError

_log = logging.getLogger(__name__)

_LINKS_A_MINUTE = 6

# No cookie opens these pages, only the address itself: a forged form would have to know it.
_from_anywhere: Callable[..., Callable[[HttpRequest, str], HttpResponse]] = csrf_exempt


@_from_anywhere
@public_page(ShareLink.Kind.CONSUMER, methods=require_POST)
def connect(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Give the customer the page on which they connect software."""
    return _answer(request, link, lambda: services.mint_connect_url(link.consumer), what="connect your software")


@_from_anywhere
@public_page(ShareLink.Kind.SYNC, methods=require_POST)
def activate(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Give the customer the page on which they do the steps of a sync."""
    sync = link.sync
    if sync is None:
        return gone(request)
    return _answer(request, link, lambda: services.mint_activate_url(link.consumer, sync.key), what="do these steps")


def _answer(request: HttpRequest, link: ShareLink, mint: Callable[[], str], *, what: str) -> HttpResponse:
    if not services.has_platform_page(link.consumer):
        return gone(request)
    wait = seconds_to_wait(f"mint:{link.pk}", most=_LINKS_A_MINUTE, now=request_now(request))
    if wait:
        return busy(request, wait)
    context: dict[str, object] = {
        "name": link.consumer.name,
        "link": link,
        "now": request_now(request),
        "what": what,
        "back": request.path.removesuffix("platform/"),
    }
    try:
        url = mint()
    except PlatformError as error:
        _log.warning("no link to the platform could be made: %s", error)
        return show(request, "platform_away", context, status=503)
    return show(request, "platform", context | {"url": url})
