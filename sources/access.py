"""The check of a key at the doors of the API."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from common.limits import seconds_to_wait
from common.middleware import request_now
from common.problems import ProblemError, allow, answers_problems
from sources import services
from sources.models import ApiKey

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def writing_key(request: HttpRequest) -> ApiKey:
    """Return the key that sends records. ProblemError: 401 without a key, 403 with one that only reads, 429."""
    key = _key(request)
    if not key.may_write:
        raise ProblemError(403, "This key may only read. Create one with the scope write to send records.")
    _hold_to_limit(key, request_now(request))
    return key


def reading_api(view: View[P]) -> View[P]:
    """Open a view to GET by any key or signed-in session; its errors are problem documents, never redirects."""

    @csrf_exempt
    @login_not_required
    @answers_problems
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        allow(request, "GET", "HEAD")
        # A key that was sent is checked even when a session would do: a wrong one must not go unnoticed.
        if "Authorization" in request.headers or not request.user.is_authenticated:
            _hold_to_limit(_key(request), request_now(request))
        return view(request, *args, **kwargs)

    return answer


def _key(request: HttpRequest) -> ApiKey:
    scheme, _, raw = request.headers.get("Authorization", "").strip().partition(" ")
    key = services.find_key(raw=raw.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        detail = "Send an API key that is in use, as the header “Authorization: Bearer KEY”."
        raise ProblemError(401, detail, headers={"WWW-Authenticate": "Bearer"})
    if request.method != "HEAD":
        services.touch(key=key, now=request_now(request))
    return key


def _hold_to_limit(key: ApiKey, now: datetime) -> None:
    wait = seconds_to_wait(f"key:{key.pk}", most=settings.API_RATE_LIMIT, now=now)
    if wait:
        detail = f"This key has sent its {settings.API_RATE_LIMIT} requests of this minute. Try again in {wait} s."
        raise ProblemError(429, detail, headers={"Retry-After": str(wait)})
