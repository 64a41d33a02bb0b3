"""Errors of whole requests as application/problem+json (RFC 9457)."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from common import reading

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 10

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def problem(status: int, detail: str, *, title: str = "", headers: dict[str, str] | None = None) -> HttpResponse:
    """Return a problem document that says in plain words what is wrong."""
    body = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)


class ProblemError(Exception):
    """A request that can not be answered; a view wrapped in `answers_problems` answers it with its document."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers

    def response(self) -> HttpResponse:
        """Return the document."""
        return problem(self.status, self.detail, headers=self.headers)


def answers_problems(view: View[P]) -> View[P]:
    """Make an API view answer its ProblemErrors, and 503 while the database is away."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ProblemError as error:
            return error.response()
        except (OperationalError, InterfaceError) as error:
            if reading.give_up(error):
                return answer(request, *args, **kwargs)
            _log.warning("%s %s: the database is away: %s", request.method, request.path, error)
            return database_away(request)

    return answer


def is_reading(request: HttpRequest) -> bool:
    """Whether a request changes nothing."""
    return request.method in {"GET", "HEAD"}


def database_away(request: HttpRequest) -> HttpResponse:
    """Return the 503 that asks to try again soon.

    Whether a transaction was committed is not known when the connection was lost just then.
    """
    stored = "" if is_reading(request) else " What was sent is stored whole or not at all."
    detail = f"The database can not be reached.{stored} Send the same request again later."
    return problem(503, detail, headers={"Retry-After": str(_RETRY_SECONDS)})


def allow(request: HttpRequest, *methods: str) -> None:
    """Refuse every other method."""
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise ProblemError(405, f"This address takes {allowed}, not {request.method}.", headers={"Allow": allowed})
