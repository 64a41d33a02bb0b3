"""Answers to requests that went wrong: a page for people, a problem document for programs."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.problems import problem

_WORDS = {
    400: ("This request can not be read", "Something in the address or the form is not as it should be."),
    403: ("Not yours to open", "Your role does not allow this. An admin can change it."),
    404: ("Nothing here", "The address may be mistyped, or what it named is gone."),
    500: ("Something broke on our side", "It has been written to the log. Try again, or tell whoever runs connmon."),
}


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Answer an error in the form that fits the address."""
    title, text = _WORDS[status]
    if request.path.startswith("/api/"):
        return problem(status, text, title=HTTPStatus(status).phrase)
    return render(request, "error.html", {"status": status, "title": title, "text": text}, status=status)


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
    """Answer 500."""
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer a form that came without its token: usually a page left open over a sign-out."""
    context = {
        "status": 403,
        "title": "This form is out of date",
        "text": "Go back, reload the page and send it again.",
    }
    return render(request, "error.html", context, status=403)
