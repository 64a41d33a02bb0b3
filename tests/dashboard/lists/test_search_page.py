"""The global search: the very consumerid first, the only hit at once, suggestions for whoever types."""

import re

import pytest

from tests import make
from tests.dashboard.lists.world import STRANGE

pytestmark = pytest.mark.django_db


def found(html):
    return re.findall(r'href="/consumers/([^"/]+)/"', html)


def test_the_very_consumerid_comes_first(as_viewer):
    make.consumer("Anna of zoe", consumerid="a-1")
    make.consumer("Zacharias", consumerid="zoe")
    html = as_viewer.get("/search/?q=zoe").content.decode()
    assert found(html) == ["zoe", "a-1"]


@pytest.mark.parametrize("text", ["brass", "LEMAIRE", "it@lemaire", "CUST-9", "l-1"])
def test_the_only_hit_opens_at_once(as_viewer, text):
    make.consumer("Brasserie Lemaire", consumerid="l-1", email="it@lemaire.example", internal_reference="CUST-9")
    make.consumer("Other", consumerid="l-11")
    answer = as_viewer.get("/search/", {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, "/consumers/l-1/")


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_are_found_and_shown(as_viewer, name):
    row = make.consumer(name, consumerid="strange")
    make.consumer("Decoy", consumerid="strange-2", internal_reference=name)
    html = as_viewer.get("/search/", {"q": name}).content.decode()
    assert set(found(html)) == {row.consumerid, "strange-2"}
    assert "<script>alert" not in html
    assert '"a";b' not in html


def test_deleted_consumers_are_not_found(as_viewer):
    make.consumer("Gone", is_deleted=True)
    assert "No consumer matches" in as_viewer.get("/search/?q=gone").content.decode()


def test_suggestions_are_a_few_options(as_viewer):
    for number in range(12):
        make.consumer(f"Noord {number:02}")
    html = as_viewer.get("/search/?q=noord", headers={"HX-Request": "true", "HX-Target": "suggestions"})
    text = html.content.decode()
    assert "<html" not in text
    assert text.count('role="option"') == 9
    assert "All that match" in text
    assert html["Vary"].count("HX-Target") == 1


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00", f"?q={'x' * 3000}", "?q=%25"])
def test_nothing_to_find_is_no_error(as_viewer, query):
    make.consumer("Anna")
    assert as_viewer.get(f"/search/{query}").status_code == 200
