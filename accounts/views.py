"""Sign-in and a person's own choices."""

from typing import Any, cast

from django.contrib.auth.views import LoginView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import reverse_lazy
from django.views.generic import UpdateView

from accounts.forms import OwnPasswordForm, PreferencesForm, SignInForm, zone_names
from accounts.models import User


class SignIn(LoginView):
    """The way in, for people who are not in yet."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Hand on where to go afterwards, when that is on our own host."""
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}


class Preferences(SuccessMessageMixin, UpdateView):  # type: ignore[type-arg]
    """Time zone and theme of the person who is signed in."""

    form_class = PreferencesForm
    template_name = "accounts/preferences.html"
    success_url = reverse_lazy("preferences")
    success_message = "Preferences saved."
    extra_context = {"zones": zone_names}

    def get_object(self, queryset: object = None) -> User:  # noqa: ARG002 (Django's signature)
        """Return the person who is signed in: their own copy, so that a wrong entry does not change the page."""
        return User.objects.get(pk=cast("User", self.request.user).pk)


class Password(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]
    """The password of the person who is signed in."""

    form_class = OwnPasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("preferences")
    success_message = "Password changed."
