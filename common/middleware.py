"""One frozen time per request."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class FrozenNowMiddleware:
    """Gives each request one `now`, so that no two numbers of an answer can disagree about the time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Stamp the request and pass it on."""
        request.now = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)


def request_now(request: HttpRequest) -> datetime:
    """Return the time at which the request came in."""
    now: datetime = request.now  # type: ignore[attr-defined]
    return now
