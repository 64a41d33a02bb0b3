from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.urls import NoReverseMatch, reverse, set_script_prefix
from django.utils import timezone

from common.addresses import address
from sources.models import ApiKey
from tests import make

pytestmark = pytest.mark.django_db

PAGES = ("/", "/preferences/", "/preferences/password/", "/api/docs", "/connectors/odoo/", "/unified-apis/Accounting/")
NOT_YET = ("/consumers/", "/connections/")  # lists that numbers may link to before they exist


class Reader(HTMLParser):
    """Collects the local links of a page, and what a strict policy would refuse."""

    def __init__(self):
        super().__init__()
        self.links, self.inline = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "a" and (values.get("href") or "").startswith("/"):
            self.links.append(values["href"])
        if tag == "style" or (tag == "script" and "src" not in values):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]


def read(response):
    reader = Reader()
    reader.feed(response.content.decode())
    return reader


@pytest.fixture
def some_data():
    make.connection(connector=make.connector("Odoo", key="odoo"), status="failed", failure_message="No")


def exists(name):
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


@pytest.mark.parametrize("path", PAGES)
def test_every_link_leads_somewhere(as_admin, some_data, path):
    for link in set(read(as_admin.get(path)).links):
        if not link.startswith(NOT_YET):
            assert as_admin.get(link).status_code == 200, link


@pytest.mark.parametrize("path", [*PAGES, "/sign-in/", "/nothing-here/"])
def test_nothing_is_inline(as_admin, client, some_data, path):
    response = (client if path == "/sign-in/" else as_admin).get(path)
    assert read(response).inline == []


@pytest.mark.parametrize("path", PAGES)
def test_skip_link_comes_first(as_viewer, some_data, path):
    body = as_viewer.get(path).content.decode().partition("<body>")[2]
    assert body.index('href="#main"') == body.index("href=")


def test_administration_is_shown_to_admins_only(as_viewer, as_operator, as_admin):
    shown = ["Administration" in client.get("/").content.decode() for client in (as_viewer, as_operator, as_admin)]
    assert shown == [False, False, True]


def test_search_is_shown_when_it_exists(as_viewer):
    assert ('role="search"' in as_viewer.get("/").content.decode()) == exists("search")


def test_navigation_shows_where_one_is(as_viewer, some_data):
    assert 'href="/" aria-current="page"' in as_viewer.get("/").content.decode()
    assert 'href="/" aria-current="true"' in as_viewer.get("/connectors/odoo/").content.decode()
    assert "aria-current" not in as_viewer.get("/preferences/").content.decode()


def heard(client):
    shell = client.get("/").context["shell"]
    return [(source.name, source.status) for source in shell.sources], shell.has_more_sources


def test_no_source_no_freshness(as_viewer):
    assert "Sources last heard" not in as_viewer.get("/").content.decode()


def test_sources_are_shown_latest_first(as_viewer):
    now = timezone.now()
    make.source(name="silent")
    make.source(name="old", last_heard_at=now - timedelta(hours=5))
    make.source(name="fresh", last_heard_at=now - timedelta(minutes=4))

    page = as_viewer.get("/").content.decode()

    assert heard(as_viewer) == ([("fresh", "active"), ("old", "none"), ("silent", "none")], False)
    assert "4 min ago</time>" in page
    assert "5 h ago</time>" in page


def test_only_some_sources_are_shown(as_viewer):
    for _ in range(5):
        make.source()
    sources, has_more = heard(as_viewer)
    assert (len(sources), has_more) == (4, True)


def test_source_of_a_revoked_key_is_not_shown(as_viewer):
    now = timezone.now()
    source = make.source(name="revoked", last_heard_at=now)
    ApiKey.objects.create(source=source, prefix="x", digest="x", scope="read", created_at=now, revoked_at=now)
    assert heard(as_viewer) == ([], False)


def test_addresses_follow_the_place_where_connmon_is_served():
    try:
        assert [served_below(prefix) for prefix in ("/", "/connmon/", "/")] == ["/flows/", "/connmon/flows/", "/flows/"]
    finally:
        set_script_prefix("/")


def served_below(prefix):
    set_script_prefix(prefix)
    return address("flows")
