"""Answers to requests that went wrong: a page for people, a problem document for programs."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from common.problems import database_away, is_reading, problem

_WORDS = {
    400: ("This request can not be read", "Something in the address or the form is not as it should be."),
    403: ("Not yours to open", "Your role does not allow this. An admin can change it."),
    404: ("Nothing here", "The address may be mistyped, or what it named is gone."),
    503: ("The database can not be reached", "Try again in a minute."),
    500: ("Something broke on our side", "It has been written to the log. Try again, or tell whoever runs connmon."),
}

_SENT = " What you sent is stored whole or not at all: look before you send it again."


def error_page(request: HttpRequest, status: int, *, more: str = "") -> HttpResponse:
    """Answer an error in the form that fits the address."""
    title, text = _WORDS[status]
    text = f"{text}{more}"
    if request.path.startswith("/api/"):
        return problem(status, text, title=HTTPStatus(status).phrase)
    # What the page shows of the user comes from the database, and that may be what failed.
    shown_to = request if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
    page = render_to_string("error.html", {"status": status, "title": title, "text": text}, request=shown_to)
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer 400."""
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer 403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer 404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when it was the database that failed, even before a view was reached."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return error_page(request, 500)
    away = database_away(request)
    if request.path.startswith("/api/"):
        return away
    page = error_page(request, 503, more="" if is_reading(request) else _SENT)
    page["Retry-After"] = away["Retry-After"]
    return page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer a form that came without its token: usually a page left open over a sign-out."""
    context = {
        "status": 403,
        "title": "This form is out of date",
        "text": "Go back, reload the page and send it again.",
    }
    return render(request, "error.html", context, status=403)
