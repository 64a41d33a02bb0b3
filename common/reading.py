"""Where a request reads what feeds have sent: from the primary, or from its replica. Decided once a request.

Raw SQL that pages read asks `db()` for its connection; models are routed the same way (connmon/router.py). Outside of
GET and HEAD requests (workers, commands, everything that writes) it is always the primary.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.exceptions import MiddlewareNotUsed
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from common import replica
from common.replica import PRIMARY, Place

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class _Reading:
    """One request; it chooses when it reads first, so one that reads nothing asks nobody."""

    shows_events = False
    chosen: Place | None = None

    @property
    def place(self) -> Place:
        if self.chosen is None:
            self.chosen = replica.choose(shows_events=self.shows_events)
        return self.chosen


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


def place() -> Place:
    """Return where this request reads."""
    reading = _reading.get()
    return reading.place if reading else PRIMARY


def db() -> BaseDatabaseWrapper:
    """Return the database connection to read from."""
    return connections[place().alias]


def shows_events(view: View) -> View:
    """Mark a view that shows events one by one: it reads from no replica that lacks one of them."""
    view.shows_events = True  # type: ignore[attr-defined]
    return view


def give_up(error: Exception) -> bool:
    """Read from the primary from now on if it was the replica that failed; whether it was, so that a retry helps."""
    reading = _reading.get()
    if reading is None or not isinstance(error, OperationalError | InterfaceError):
        return False
    # Whoever has not chosen yet must not do so now: the primary may be what is away.
    if reading.chosen is None or reading.chosen is PRIMARY:
        return False
    replica.leave(error)
    reading.chosen = PRIMARY
    return True


class ReadingMiddleware:
    """Lets requests that only read do so from the replica; without one it is not there at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not replica.is_configured():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request choose, if it only reads."""
        token = _reading.set(_Reading() if request.method in {"GET", "HEAD"} else None)
        try:
            return self.get_response(request)
        finally:
            _reading.reset(token)

    def process_view(
        self,
        request: HttpRequest,  # noqa: ARG002 (Django's signature)
        view: Callable[..., HttpResponseBase],
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> None:
        """Note what the view is going to show."""
        reading = _reading.get()
        if reading:
            reading.shows_events = getattr(view, "shows_events", False)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Ask the view once more when the replica went away, or called a query off, in the middle of it."""
        match = request.resolver_match
        if match is None or not give_up(exception):
            return None
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response
