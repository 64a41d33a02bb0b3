"""What all public pages have in common: who may open one, how often, and what no answer may give away."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.clients import client_address
from common.limits import seconds_to_wait
from common.middleware import request_now
from dashboard import sharing
from dashboard.models import ShareLink

_REQUESTS_A_MINUTE = 60
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

Methods = Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]
PublicPage = Callable[[HttpRequest, ShareLink], HttpResponse]


def public_page(
    kind: ShareLink.Kind, *, methods: Methods = require_safe
) -> Callable[[PublicPage], Callable[[HttpRequest, str], HttpResponse]]:
    """Open a page to whoever has a working link of that kind; to everybody else, the same 404.

    It looks the same to everybody: in the installation's zone and the reader's own colours, also for signed-in staff.
    """

    def decorate(page: PublicPage) -> Callable[[HttpRequest, str], HttpResponse]:
        @login_not_required
        @methods
        @wraps(page)
        def answer(request: HttpRequest, token: str) -> HttpResponse:
            with timezone.override(settings.TIME_ZONE):
                response = _answer(request, token, kind, page)
            for name, value in _HEADERS.items():
                response.headers[name] = value
            return response

        return answer

    return decorate


def _answer(request: HttpRequest, token: str, kind: ShareLink.Kind, page: PublicPage) -> HttpResponse:
    now = request_now(request)
    wait = seconds_to_wait(f"link:{client_address(request)}", most=_REQUESTS_A_MINUTE, now=now)
    if wait:
        return busy(request, wait)
    link = sharing.find_link(token=token, kind=kind, now=now)
    if link is None:
        return gone(request)
    if request.method == "GET":
        sharing.note_opened(link=link, now=now)
    return page(request, link)


def busy(request: HttpRequest, wait: int) -> HttpResponse:
    """Ask somebody who came too often to wait so many seconds."""
    response = show(request, "busy", {"wait": wait}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """Answer an address that opens nothing, whatever the reason."""
    return show(request, "gone", {}, status=404)


def show(request: HttpRequest, name: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """Render a public page under the name of the company that gave the link."""
    ours = {"company": settings.COMPANY_NAME, "support": settings.SUPPORT_CONTACT, "theme": ""}
    return render(request, f"dashboard/public/{name}.html", ours | context, status=status)
