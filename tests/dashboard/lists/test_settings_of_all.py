"""Operators set flow and tracked of all connections that the filters leave, after confirming their number."""

import re

import pytest

from accounts.models import AuditEntry
from connections.models import Connection
from tests import make

pytestmark = pytest.mark.django_db

URL = "/connections-settings/"


@pytest.fixture
def odoo(db):
    odoo = make.connector("Odoo", key="odoo")
    for number in range(3):
        make.connection(connector=odoo, key=f"o-{number}", flow="source", is_tracked=number == 0)
    make.connection(key="other", flow="other")
    return odoo


def state():
    return dict(Connection.objects.order_by("key").values_list("key", "is_tracked"))


def test_the_page_names_the_number_and_the_filters(as_operator, odoo):
    html = as_operator.get(f"{URL}?connector=odoo").content.decode()
    assert "Set flow and tracked of 3 connections" in html
    assert "Connector <b><bdi>Odoo</bdi></b>" in html
    assert 'name="count" value="3"' in html


def test_all_are_set_and_the_audit_log_says_so(as_operator, operator, odoo):
    answer = as_operator.post(f"{URL}?connector=odoo", {"count": 3, "tracked": "true"}, follow=True)
    assert answer.redirect_chain == [("/connections/?connector=odoo", 302)]
    assert "Set 2 of 3 connections" in answer.content.decode()
    assert state() == {"o-0": True, "o-1": True, "o-2": True, "other": False}
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == (operator, "set", "2 connections")
    assert entry.before == {"filters": "connector=odoo", "connections": 3}
    assert entry.after == {"tracked": True, "changed": 2}


def test_what_can_not_be_tracked_is_refused_with_its_number(as_operator, odoo):
    answer = as_operator.post(URL, {"count": 4, "tracked": "true"})
    assert "1 connection has the flow “other”, which can not be tracked" in answer.content.decode()
    assert state() == {"o-0": True, "o-1": False, "o-2": False, "other": False}
    assert not AuditEntry.objects.exists()
    as_operator.post(URL, {"count": 4, "tracked": "true", "flow": "destination"})
    assert set(state().values()) == {True}


def test_another_number_than_the_confirmed_one_asks_again(as_operator, odoo):
    html = as_operator.post(f"{URL}?connector=odoo", {"count": 2, "tracked": "false"}).content.decode()
    assert "There are 3 connections now" in html
    assert 'name="count" value="3"' in html
    assert state()["o-0"] is True


@pytest.mark.parametrize("values", [{}, {"flow": "", "tracked": ""}, {"flow": "sideways"}, {"tracked": "maybe"}])
def test_a_form_that_says_nothing_changes_nothing(as_operator, odoo, values):
    before = state()
    assert as_operator.post(f"{URL}?connector=odoo", {"count": 3, **values}).status_code == 200
    assert state() == before


def test_filters_that_can_not_be_read_change_nothing(as_operator, odoo):
    assert as_operator.post(f"{URL}?tracked=maybe", {"count": 4, "tracked": "false"}).status_code == 400
    assert state()["o-0"] is True


def test_viewers_have_neither_button_nor_address(as_viewer, as_operator, odoo):
    for method in (as_viewer.get, as_viewer.post):
        assert method(URL).status_code == 403
    assert "Set flow and tracked" not in as_viewer.get("/connections/").content.decode()
    html = as_operator.get("/connections/?status=active").content.decode()
    assert re.search(r'href="/connections-settings/\?status=active"', html)
