"""The forms of sign-in and of a person's own choices."""

from functools import lru_cache

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from accounts.models import User
from common import windows


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the time zones that people choose from: those named after places, and UTC."""
    return ("UTC", *sorted(name for name in windows.zone_names() if "/" in name and not name.startswith("Etc/")))


class SignInForm(AuthenticationForm):
    """User name and password; says the same whatever was wrong."""

    error_messages = {"invalid_login": "Name or password is wrong.", "inactive": "Name or password is wrong."}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = "User name"


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Time zone and theme."""

    class Meta:
        model = User
        fields = ("time_zone", "theme")
        widgets = {
            "time_zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
            "theme": forms.RadioSelect,
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zone = self.fields["time_zone"]
        zone.help_text = f"Times and days are shown in it. Empty: {settings.TIME_ZONE}."
        zone.widget.attrs["placeholder"] = settings.TIME_ZONE

    def clean_time_zone(self) -> str:
        """Take a zone in any case, with spaces for underscores."""
        typed: str = self.cleaned_data["time_zone"]
        wanted = typed.strip().replace(" ", "_").casefold()
        return next((name for name in windows.zone_names() if name.casefold() == wanted), typed)


class OwnPasswordForm(PasswordChangeForm):
    """The old password once, the new one twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["old_password"].label = "Present password"
        self.fields["new_password1"].help_text = "At least 10 characters, not only digits, and not a common one."
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""
