"""Each request runs in the time zone of its user."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User


class PreferencesMiddleware:
    """Activates the user's time zone for everything the request shows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the request in the user's zone; signed out, in the installation's."""
        user = request.user
        if isinstance(user, User):
            with timezone.override(user.zone):
                return self.get_response(request)
        return self.get_response(request)
