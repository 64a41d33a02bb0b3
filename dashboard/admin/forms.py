"""The forms of administration. They ask; what is allowed is decided by the services."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Role
from sources.models import ApiKey

T = TypeVar("T")

_ROLES = [
    (Role.VIEWER.value, "Viewer: reads everything, downloads CSV"),
    (Role.OPERATOR.value, "Operator: also edits, deletes, tracks, makes and revokes links"),
    (Role.ADMIN.value, "Admin: also manages users, API keys and sources"),
]
_SCOPES = [
    (ApiKey.Scope.WRITE.value, "Write: sends records, and reads"),
    (ApiKey.Scope.READ.value, "Read: reads the API and the metrics"),
]


def applied(form: forms.Form, change: Callable[[], T]) -> T | None:
    """Make the change when the form is right; what the change refuses is said at the fields of the form."""
    if not form.is_valid():
        return None
    try:
        return change()
    except ValidationError as error:
        form.add_error(None, error)
        return None


class RoleForm(forms.Form):
    """What a user may do."""

    role = forms.ChoiceField(choices=_ROLES, widget=forms.RadioSelect, initial=Role.VIEWER)


class PasswordForm(forms.Form):
    """A password for somebody else, typed twice."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters, not only digits, and not a common one.",
    )
    password_again = forms.CharField(
        label="The same password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password_again(self) -> str:
        """Refuse two passwords that differ."""
        again: str = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password", again):
            raise ValidationError("The two passwords differ. Type the same one twice.")
        return again


class UserForm(PasswordForm):
    """A new user."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        help_text="What they sign in with: letters, digits and @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(choices=_ROLES, widget=forms.RadioSelect, initial=Role.VIEWER)

    field_order = ["username", "role", "password", "password_again"]


class NameForm(forms.Form):
    """The name of a source."""

    name = forms.CharField(
        max_length=100,
        help_text="What sends or reads with the key, such as “orders service”. Each name is used once.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class KeyForm(NameForm):
    """A new API key."""

    scope = forms.ChoiceField(choices=_SCOPES, widget=forms.RadioSelect, initial=ApiKey.Scope.WRITE)
