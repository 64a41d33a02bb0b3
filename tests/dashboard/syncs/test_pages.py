"""The pages of syncs: there only while a sync exists, honest about zeros, closed to whoever may not."""

import re

import pytest

from tests.dashboard.lists.world import body
from tests.feed import feed

pytestmark = pytest.mark.django_db

ADDRESSES = ["/syncs/", "/consumers/by-sync/", "/consumers/by-sync/export.csv"]
OPENED = {"opened_at": "2026-03-01T10:00:00Z"}
SYNC = {
    "type": "sync",
    "sync": "s",
    "name": "Orders <to> books",
    "requires": [{"connector": "odoo"}],
    "mappings": ["Tax"],
}
ANNA = [
    {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"},
    {"type": "consumer", "consumer": "anna", "name": "Anna"},
    {"type": "connection", "connection": "c", "consumer": "anna", "connector": "odoo", "status": "failed"},
]
ACTIVATION = {"type": "activation", "sync": "s", "consumer": "anna", **OPENED}


@pytest.fixture
def some(db):
    feed(*ANNA, SYNC, ACTIVATION)


@pytest.mark.parametrize("gone", [[], [SYNC, SYNC | {"deleted": True}]], ids=["never", "deleted"])
def test_without_a_sync_there_is_nothing_of_syncs(as_admin, gone):
    feed(*ANNA, *gone)
    for address in [*ADDRESSES, "/syncs/s/", "/api/v1/syncs/s"]:
        assert as_admin.get(address).status_code == 404, address
    for page in ("/", "/consumers/", "/consumers/anna/"):
        html = body(as_admin.get(page))
        assert "/syncs/" not in html
        assert "by-sync" not in html
    assert as_admin.get("/api/v1/syncs").json() == {"results": []}
    assert as_admin.get("/api/v1/activations").json() == {"results": [], "next": None}


def test_with_a_sync_there_is_a_menu_item_and_a_tab(as_viewer, some):
    assert '<a href="/syncs/">' in body(as_viewer.get("/"))
    assert '<a href="/consumers/by-sync/">By syncs</a>' in body(as_viewer.get("/consumers/"))
    assert 'aria-current="page">By syncs</a>' in body(as_viewer.get("/consumers/by-sync/"))
    for address in ADDRESSES:
        assert as_viewer.get(address).status_code == 200


def test_no_attempt_is_a_dash(as_viewer):
    feed(ANNA[0], SYNC)
    assert re.search(r'data-label="Rate">–<', body(as_viewer.get("/syncs/")))
    page = body(as_viewer.get("/syncs/s/"))
    assert "activation rate <b>–</b>" in page
    assert "Nobody has tried" in page
    assert as_viewer.get("/api/v1/syncs/s").json()["activation_rate"] is None
    assert "No activations yet" in body(as_viewer.get("/consumers/by-sync/"))


def test_key_figures(as_viewer, some):
    feed(ACTIVATION | {"configuration": "complete", "mappings": {"Tax": "complete"}})
    html = body(as_viewer.get("/syncs/"))
    assert '<data class="kpi__value" data-kpi="active-syncs" value="1">' in html
    assert "of which 1 with an issue" in html


def test_names_are_escaped_and_encoded(as_viewer):
    key = 'k"%41?#&'
    feed(*ANNA, SYNC | {"sync": key, "name": "<script>x</script>", "mappings": ["<b>=x"]}, ACTIVATION | {"sync": key})
    for page in ("/", "/syncs/", "/syncs/k%22%2541%3F%23&/", "/consumers/by-sync/", "/consumers/anna/"):
        html = body(as_viewer.get(page))
        assert "<script>x" not in html
        assert "<b>=x" not in html
    assert "/syncs/k%22%2541%3F%23&amp;/" in body(as_viewer.get("/syncs/"))


def test_a_sync_says_what_it_requires(as_viewer):
    slots = [{"unified_api": "Accounting"}, {"unified_api": "Nothing of it"}, {"connector": "odoo", "hidden": True}]
    feed(*ANNA, SYNC | {"requires": slots})
    html = body(as_viewer.get("/syncs/s/"))
    assert html.count("<li data-hidden>") == 1
    assert "Our own side: never counts" in html
    assert 'href="/unified-apis/Accounting/"' in html
    assert 'href="/unified-apis/Nothing' not in html  # no connector has it, so it has no page


def test_the_consumer_page_shows_its_syncs(as_viewer, as_operator, some):
    html = body(as_viewer.get("/consumers/anna/"))
    assert '<tr data-sync="s" data-issue="connection_failed">' in html
    assert "Connection failed (Odoo)" in html
    assert "/sync-links/" not in html
    assert 'href="/consumers/anna/sync-links/s/"' in body(as_operator.get("/consumers/anna/"))


def test_the_menu_is_for_operators(as_viewer, as_operator, some):
    assert 'class="menu__list"><a' not in body(as_viewer.get("/consumers/by-sync/")).replace("\n", "")
    html = body(as_operator.get("/consumers/by-sync/"))
    for address in ("/consumers/anna/sync-links/s/", "/consumers/anna/edit/", "/consumers/anna/delete/"):
        assert f'href="{address}"' in html


def test_signed_out_people_are_sent_to_sign_in(client, some):
    for address in [*ADDRESSES, "/syncs/s/"]:
        response = client.get(address)
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/sign-in/")
    for address in ("/api/v1/syncs", "/api/v1/syncs/s", "/api/v1/activations"):
        assert client.get(address).status_code == 401


def test_unknown_syncs_are_404(as_viewer, some):
    assert as_viewer.get("/syncs/nothing/").status_code == 404
    assert as_viewer.get("/api/v1/syncs/nothing").status_code == 404
    assert as_viewer.get("/consumers/by-sync/?sync=nothing").status_code == 200
