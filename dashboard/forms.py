"""The forms of the pages. They obey the rules of records (common/rules.py) and change no text that nobody changed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from common import rules
from connections.models import Flow
from consumers.models import Consumer
from dashboard.sharing import DEFAULT_LIFETIME, LIFETIMES

_FLOWS = [
    (Flow.SOURCE.value, "Source: it sends data to us"),
    (Flow.DESTINATION.value, "Destination: we send data to it"),
    (Flow.OTHER.value, "Other: neither, so it can not be tracked"),
]
# Keyboards and helpers that fit. The controls stay plain text: those for e-mail and addresses trim what is typed.
_EMAIL = {"inputmode": "email", "spellcheck": "false"}
_URL = {"inputmode": "url", "spellcheck": "false"}


class RuledField(forms.CharField):
    """A text under one of the rules of single values: never trimmed, its length counted in code points.

    Browsers drop line breaks in one-line controls and send others as CR LF. So a stored text with line breaks is shown
    in a control of several lines, and what comes back the same but for their kind is what was stored.
    """

    stored = ""

    def __init__(
        self,
        problem: Callable[[str], str | None],
        *,
        repair: str,
        attrs: dict[str, str] | None = None,
        **options: Any,  # noqa: ANN401 (Django's)
    ) -> None:
        super().__init__(strip=False, **options)
        self._problem = problem
        self._repair = repair
        self._attrs = {"autocomplete": "off", **(attrs or {})}
        self.validators = []  # the rule says it all, and says it better

    def show(self, stored: str) -> None:
        """Edit a stored text."""
        self.stored = stored
        has_lines = "\n" in stored or "\r" in stored
        self.widget = forms.Textarea({"rows": "3"}) if has_lines else forms.TextInput()
        self.widget.is_required = self.required
        self.widget.attrs |= self._attrs
        if has_lines:
            self.help_text = f"{self.help_text} This text has line breaks; they are kept.".strip()

    def to_python(self, value: str | None) -> str:
        """Return what was typed, in the words of the database."""
        if value is None:  # a program that names only what it changes
            return self.stored
        typed = value.replace("\r\n", "\n")
        return self.stored if typed == _lines(self.stored) else typed

    def validate(self, value: str) -> None:
        """Say what is wrong, and how to repair it."""
        problem = self._problem(value)
        if problem is not None:
            raise ValidationError(f"{self.label} {problem}. {self._repair}")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


class ConsumerForm(forms.Form):
    """The facts of a consumer that people may change."""

    name = RuledField(
        rules.required_text_problem,
        label="Name",
        repair="Type the name that people know this customer by, in 1 to 255 characters.",
    )
    email = RuledField(
        rules.optional_email_problem,
        label="Email",
        required=False,
        repair="Type one address such as it@example.com, or leave it empty.",
        help_text="Whom to write to about connections.",
        attrs=_EMAIL,
    )
    internal_reference = RuledField(
        rules.text_problem,
        label="Internal reference",
        required=False,
        repair="Shorten it, or leave it empty.",
        help_text="What your own systems call this customer; the search finds it.",
    )
    redirect_url = RuledField(
        rules.optional_url_problem,
        label="Redirect URL",
        required=False,
        repair="Type an address such as https://shop.example.com/connected, or leave it empty.",
        help_text="Where the customer goes after connecting.",
        attrs=_URL,
    )

    def __init__(self, consumer: Consumer, data: Any = None) -> None:  # noqa: ANN401 (a QueryDict or None)
        super().__init__(data, initial={name: getattr(consumer, name) for name in self.base_fields})
        for name, field in self.fields.items():
            if isinstance(field, RuledField):
                field.show(self.initial[name])


class ConnectionSettingsForm(forms.Form):
    """Flow and tracked of a connection."""

    flow = forms.ChoiceField(label="Flow", choices=_FLOWS, widget=forms.RadioSelect)
    tracked = forms.BooleanField(
        label="Track this connection in the dashboard",
        required=False,
        help_text="Off: its activity and errors appear in no chart, card or total. It stays in every list.",
    )


class ManySettingsForm(forms.Form):
    """Flow and tracked of many connections; what is not chosen stays as it is. `count` is the number confirmed."""

    flow = forms.ChoiceField(
        label="Flow", required=False, choices=[("", "Leave as it is"), *_FLOWS], widget=forms.RadioSelect
    )
    tracked = forms.TypedChoiceField(
        label="Track these connections in the dashboard",
        required=False,
        choices=[("", "Leave as it is"), ("true", "Yes"), ("false", "No: they appear in no chart, card or total")],
        coerce=lambda value: value == "true",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    count = forms.IntegerField(min_value=0, max_value=1_000_000_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Refuse a form that changes nothing."""
        values = super().clean() or {}
        if not self.errors and not values.get("flow") and values.get("tracked") is None:
            raise ValidationError("Choose a flow, or whether to track, or both.")
        return values


class LinkForm(forms.Form):
    """How long a new link opens its page."""

    days = forms.TypedChoiceField(
        label="It opens the page for",
        choices=[(days, "1 day" if days == 1 else f"{days} days") for days in LIFETIMES],
        coerce=int,
        initial=DEFAULT_LIFETIME,
        widget=forms.RadioSelect,
    )
