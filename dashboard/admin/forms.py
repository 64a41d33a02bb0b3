"""The forms of administration. They ask; what is allowed is decided by the services."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Role
from sources.chift import DEFAULT_BASE_URL, DEFAULT_INTERVAL_MINUTES, Settings
from sources.models import ApiKey, ChiftAccount

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


_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class _WriteOnlyInput(forms.TextInput):
    """A text that a page never gives back, not even beside an error; browsers want one password a form."""

    def format_value(self, value: object) -> None:
        """Show nothing."""


class ChiftForm(forms.Form):
    """An account at Chift. Secrets go in and never come out: an empty one keeps what is stored."""

    name = forms.CharField(
        max_length=100,
        help_text="What the source is called here. It stands in the address of its webhooks and can not be changed.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    client_id = forms.CharField(label="Client id", max_length=255, widget=forms.TextInput(attrs=_PLAIN))
    client_secret = forms.CharField(
        label="Client secret",
        max_length=1_000,
        help_text="Kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    account_id = forms.CharField(label="Account id", max_length=36, widget=forms.TextInput(attrs=_PLAIN))
    base_url = forms.CharField(label="Base URL", max_length=255, initial=DEFAULT_BASE_URL)
    webhook_secrets = forms.CharField(
        label="Webhook secrets",
        max_length=4_000,
        required=False,
        help_text="One, or several separated by commas. Without one every webhook is refused.",
        widget=_WriteOnlyInput(attrs=_PLAIN),
    )
    interval_minutes = forms.IntegerField(
        label="Minutes between imports",
        min_value=ChiftAccount.LEAST_INTERVAL_MINUTES,
        max_value=10_080,
        initial=DEFAULT_INTERVAL_MINUTES,
        help_text="Webhooks keep the data fresh in between; an import puts right whatever they missed.",
    )

    def __init__(self, *args: Any, account: ChiftAccount | None = None, **options: Any) -> None:  # noqa: ANN401 (Django's)
        if account:
            shown = ("client_id", "account_id", "base_url", "interval_minutes")
            options["initial"] = {name: getattr(account, name) for name in shown}
        super().__init__(*args, **options)
        if account:
            del self.fields["name"]
            self.fields["client_secret"].required = False
            for name in ("client_secret", "webhook_secrets"):
                self.fields[name].help_text = "Leave it empty to keep the stored one, which is never shown."

    def settings(self) -> Settings:
        """Return what was asked for."""
        return Settings(**{name: value for name, value in self.cleaned_data.items() if name != "name"})
