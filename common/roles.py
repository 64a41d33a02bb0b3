"""Who may open a page: 403 for a signed-in user without the role, so that nobody is sent round in circles."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def operator_required(view: View[P]) -> View[P]:
    """Open a view to operators and admins. Signed-out people never get here: they are sent to the sign-in page."""
    return _requires("is_operator", view)


def admin_required(view: View[P]) -> View[P]:
    """Open a view to admins."""
    return _requires("is_admin", view)


def _requires(right: str, view: View[P]) -> View[P]:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not getattr(request.user, right, False):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return answer
