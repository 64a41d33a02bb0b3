"""Every number on the overview and its drill-downs is the number of rows of the list to which it leads."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.lists import selection
from tests.dashboard.lists import world

pytestmark = pytest.mark.django_db

# A number that leads to a list: <a href="/connections/?…">…<data value="12"> or <a …>1,204<span …> failed</span>.
_LINK = re.compile(r'<a[^>]* href="(/(?:consumers|connections)/\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_NUMBER = re.compile(r'value="(\d+)"|>\s*([\d,]+)\s*<|^\s*([\d,]+)\s*<')


def numbers(html):
    for url, inside in _LINK.findall(html):
        found = _NUMBER.search(inside)
        if found:
            yield unescape(url), int(next(filter(None, found.groups())).replace(",", ""))


@pytest.fixture
def thousands(db):
    world.fill(seed=7, count=1500)
    return world.read()


def test_every_number_is_that_of_its_list(as_viewer, thousands, monkeypatch):
    monkeypatch.setattr(selection, "COUNTED", 0)  # an exact total has to come from a counter
    pages = ["/?connectors=all", "/unified-apis/PMS%20&%20more/", "/unified-apis/Accounting/"]
    pages += [f"/connectors/{connector.key.replace(' ', '%20')}/" for connector in thousands.connectors.values()]
    found = {link for page in pages for link in numbers(as_viewer.get(page).content.decode())}
    assert len(found) > 30
    totals = {}
    for url, number in found:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        html = as_viewer.get(url).content.decode()
        total = re.search(r'id="h-count"[^>]*>\s*([\d,+]+) of ', html)[1]
        assert total == f"{number:,}", url
        recount = world.consumers if parts.path == "/consumers/" else world.connections
        totals[url] = len(recount(thousands, query))
        assert totals[url] == number, url
    assert len(set(totals.values())) > 10


def test_every_mix_of_what_groups_share_is_counted_exactly(as_viewer, thousands, monkeypatch):
    monkeypatch.setattr(selection, "COUNTED", 0)
    for query in ({"tracked": "true", "flow": "source"}, {"flow": "other", "connector": "k 1", "status": "failed"}):
        expected = world.connections(thousands, {name: [value] for name, value in query.items()})
        assert world.shown(as_viewer, "/connections/", query) == (expected, len(expected))


def test_all_pages_together_hold_the_rows_that_are_counted(as_viewer, thousands):
    rows, total = world.shown(as_viewer, "/connections/", {"status": "failed"})
    assert len(rows) == len(set(rows)) == total == len(world.connections(thousands, {"status": ["failed"]}))


def test_what_is_not_counted_to_its_end_says_so(as_viewer, monkeypatch):
    world.fill(seed=7, count=200)
    hundreds = world.read()
    monkeypatch.setattr(selection, "COUNTED", 100)
    monkeypatch.setattr(selection, "FEW", 10)
    query = {"q": "e", "flow": "source"}
    expected = world.connections(hundreds, {"q": ["e"], "flow": ["source"]})
    html = as_viewer.get("/connections/", query).content.decode()
    assert re.search(r'id="h-count"[^>]*>100\+ of ', html)
    assert "1–50 of 100+" in html
    assert world.shown(as_viewer, "/connections/", query) == (expected, 100)
    assert world.shown(as_viewer, "/consumers/", {"status": "active"})[0] == world.consumers(
        hundreds, {"status": ["active"]}
    )
