from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template

from common.templatetags import connmon


def rendered(source, **values):
    return Template(source).render(Context(values))


@pytest.mark.parametrize(("number", "words"), [(0, "0"), (999, "999"), (4_213, "4,213"), (1_000_000, "1,000,000")])
def test_thousands_have_commas(number, words):
    assert connmon.thousands(number) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 consumers"), (1, "1 consumer"), (4_213, "4,213 consumers")])
def test_plural_follows_the_count(number, words):
    assert connmon.plural(number, "consumer") == words


@pytest.mark.parametrize(
    ("name", "letters"), [("Lotte Maes", "LM"), ("lotte.maes", "LM"), ("anna", "AN"), ("ÿ", "Ÿ"), ("", "")]
)
def test_initials_stand_for_a_person(name, letters):
    assert connmon.initials(name) == letters


def test_minutes_are_rounded_up():
    assert connmon.minutes(timedelta(minutes=14, seconds=1)) == 15


def test_code_is_coloured_and_escaped():
    html = rendered("{{ text|code }}", text='# a <b>\ncurl "<x>" https://example.com')
    assert html == (
        '<span class="c"># a &lt;b&gt;</span>\ncurl <span class="s">&quot;&lt;x&gt;&quot;</span> '
        '<span class="k">https://example.com</span>'
    )


@pytest.mark.parametrize("status", ["active", "pending", "failed", "partial", "disabled", "deleted", "none"])
def test_every_sign_has_its_own_shape(status):
    others = {"active", "pending", "failed", "partial", "disabled", "deleted", "none"} - {status}
    assert connmon.glyph(status).startswith("<svg")
    assert connmon.glyph(status) not in {connmon.glyph(other) for other in others}


def test_time_carries_its_exact_value():
    html = rendered("{% when at %}", at=datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert 'datetime="2020-02-03T04:05:06Z"' in html
    assert 'title="3 Feb 2020, 04:05:06, UTC"' in html
    assert ">3 Feb 2020, 04:05</time>" in html


def test_time_that_never_was_is_empty():
    assert rendered("{% when at %}{% ago at %}{% day at %}{% clock at %}", at=None) == ""


def test_address_of_a_page_that_does_not_exist_is_empty():
    assert rendered('{% address "no-such-page" as url %}[{{ url }}]') == "[]"


def test_name_without_a_page_is_no_link():
    html = rendered('{% name_link "no-such-page" "k" name %}', name="<b>")
    assert html == '<bdi class="name">&lt;b&gt;</bdi>'


def test_name_with_a_page_is_a_link():
    html = rendered('{% name_link "connector" "a%/b"|slice:":2" name %}', name="Odoo")
    assert html == '<a class="name" href="/connectors/a%25/"><bdi>Odoo</bdi></a>'


class AForm(forms.Form):
    email = forms.EmailField(help_text="With a domain.")
    note = forms.CharField(required=False, widget=forms.Textarea)
    flow = forms.ChoiceField(choices=[("a", "A")])
    tracked = forms.BooleanField(required=False)


def test_field_names_its_hint_and_its_error():
    html = str(AForm({"email": "it@brasserie", "flow": "a"}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert 'id="id_email_error"' in html


def test_controls_have_the_class_of_their_kind():
    html = str(AForm())
    for css in ('class="input"', 'class="input input--area"', 'class="select"', 'class="check"'):
        assert css in html
