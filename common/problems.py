"""Errors of whole requests as application/problem+json (RFC 9457)."""

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse


def problem(status: int, detail: str, *, title: str = "", headers: dict[str, str] | None = None) -> HttpResponse:
    """Return a problem document that says in plain words what is wrong."""
    body = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
