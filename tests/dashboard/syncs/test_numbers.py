"""Page, API, CSV and lists of syncs say what a plain recount says, whatever order the records came in."""

import re
from html import unescape
from itertools import product
from random import Random

import pytest
from django.db import connection as db
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncs.judging import differences
from syncs.models import Activation, SyncCount
from tests.dashboard.lists.world import answered, body, downloaded, shown
from tests.dashboard.syncs import world
from tests.feed import feed

pytestmark = pytest.mark.django_db

PAGE, EXPORT, API = "/consumers/by-sync/", "/consumers/by-sync/export.csv", "/api/v1/activations"


@pytest.fixture
def records():
    parents, children = world.made(seed=3)
    outcome = feed(*parents, *children)
    assert outcome.rejected == 0
    return [*parents, *children]


@pytest.fixture
def rows(records):
    return world.recount(records)


def syncs_of(records):
    return [record for record in records if record["type"] == "sync"]


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_the_api_is_a_recount(as_viewer, records, rows):
    results = as_viewer.get("/api/v1/syncs").json()["results"]
    expected = [world.numbers(rows, sync) for sync in syncs_of(records)]
    assert sorted(results, key=lambda one: one["sync"]) == sorted(expected, key=lambda one: one["sync"])
    for one in expected:
        assert as_viewer.get(f"/api/v1/syncs/{one['sync'].replace('?', '%3F')}").json() == one
    overview = as_viewer.get("/api/v1/overview").json()["syncs"]
    assert overview == {name: sum(one[name] for one in expected) for name in overview}


def test_steps_add_up_to_the_attempts(as_viewer, records):
    for one in as_viewer.get("/api/v1/syncs").json()["results"]:
        assert one["steps"][0]["reached"] == one["attempts"]
        assert sum(step["stuck"] for step in one["steps"]) + one["active"] == one["attempts"]
        assert all(sum(step["issues"].values()) == step["stuck"] for step in one["steps"])


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000_000))
def test_the_order_of_arrival_does_not_matter(seed):
    with transaction.atomic():
        arrive_in_any_order(seed)
        transaction.set_rollback(True)  # the next example begins with nothing


def arrive_in_any_order(seed):
    parents, children = world.made(seed, consumers=6, versions=3)
    Random(seed).shuffle(children)
    feed(*parents)
    for start in range(0, len(children), 7):
        feed(*children[start : start + 7])

    stored = {
        (row.consumer.consumerid, row.sync.key): (row.step, row.status, row.issue)
        for row in Activation.objects.live().select_related("consumer", "sync")
    }
    assert stored == {
        (row["consumerid"], row["sync"]): (row["step"], row["status"], row["issue"])
        for row in world.recount([*parents, *children])
    }
    assert differences() == []


# --- the list ---------------------------------------------------------------------------------------------------------

FILTERS = [
    {},
    {"sync": ["sync 0&?"]},
    {"sync": ["sync 0&?", "sync 1&?"]},
    {"sync": ["sync 3&?"]},
    {"sync": ["no such sync"]},
    *({"step": [value]} for value in world.STEPS),
    *({"reached": [value]} for value in world.STEPS),
    {"reached": ["active", "mappings"]},
    {"step": ["mappings"], "reached": ["configuration"]},
    *({"status": [value]} for value in ("active", "disabled", "incomplete")),
    {"status": ["active"], "with_issue": ["true"]},
    {"with_issue": ["false"]},
    {"with_issue": ["true", "false"]},
    *({"issue": [value]} for value in ("connection_failed", "no_connection", "mapping_incomplete", "none")),
    {"issue": ["sync_disabled", "configuration_incomplete"]},
    {"connector": ["odoo"]},
    {"connector": ["odoo"], "status": ["active"]},
    {"connector": ["odoo", "shop"], "unified_api": ["Accounting"]},
    {"connector": ["shop"], "unified_api": ["Accounting"]},
    {"connector": ["no such key"]},
    {"unified_api": ["PMS & more"]},
    {"unified_api": ["eCommerce"], "sync": ["sync 1&?"], "issue": ["none"]},
    {"mapping": ["=Ledger"]},
    {"mapping": ["%_", "Tax & more"], "step": ["mappings"]},
    {"mapping": ["gone"]},
    {"failed_connector": ["odoo"]},
    {"failed_connector": ["k 1", "z"], "issue": ["connection_failed"]},
    {"failed_connector": ["no such key"]},
    *({"active": [value]} for value in ("true", "false")),
    {"q": ["elan"]},
    {"q": ["id 7%&?"]},
    {"q": ["<b>"], "reached": ["mappings"]},
    {"q": ["no such name"]},
]
SORTS = [
    sign + sort
    for sort, sign in product(["name", "consumerid", "sync", "step", "status", "issue", "opened_at"], ["", "-"])
]


def agree(expected, found):
    """The same rows; and where the order says something, in that order."""
    by_row = dict(expected)
    assert sorted(found) == sorted(by_row)
    assert [by_row[row] for row in found] == [value for _, value in expected]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_the_list_is_a_recount_in_every_order(as_viewer, rows, filters):
    looked_at = Random(str(filters)).choice(SORTS)
    for sort in SORTS:
        query = {**filters, "sort": sort}
        expected = world.selected(rows, filters, sort)
        agree(expected, [(row["consumerid"], row["sync"]) for row in answered(as_viewer, API, query)])
        if sort == looked_at:
            found = downloaded(as_viewer, EXPORT, query)
            agree(expected, [(row["consumerid"], row["sync"]) for row in found])
            consumers, total = shown(as_viewer, PAGE, query)
            assert consumers == [row["consumerid"] for row in found]
            assert total == len(expected)


@pytest.mark.parametrize("filters", [*FILTERS, {"q": ["e"]}, {"q": ["e"], "active": ["true"]}], ids=str)
@pytest.mark.usefixtures("few_are_many")
def test_rows_that_are_not_few_are_read_in_every_order(as_viewer, rows, filters):
    looked_at = Random(str(filters)).choice(SORTS)
    for sort in SORTS:
        query = {**filters, "sort": sort}
        expected = world.selected(rows, filters, sort)
        found = [(row["consumerid"], row["sync"]) for row in answered(as_viewer, API, query, limit=500)]
        agree(expected, found)
        if sort == looked_at:
            assert shown(as_viewer, PAGE, query)[0] == [consumer for consumer, _ in found]


@pytest.mark.parametrize("sort", ["activated_at", "-activated_at"])
@pytest.mark.usefixtures("rows")
def test_what_was_never_active_comes_before_everything(as_viewer, sort):
    found = [row["activated_at"] or "" for row in answered(as_viewer, API, {"sort": sort})]
    assert found == sorted(found, reverse=sort.startswith("-"))
    assert "" in found
    assert found[0] != found[-1]


def test_rows_hold_the_facts(as_viewer, rows):
    texts = {(row["consumerid"], row["sync"]): row for row in rows}
    answers = answered(as_viewer, API, {})
    cells = downloaded(as_viewer, EXPORT, {})
    assert list(cells[0]) == ["consumerid", "name", "sync", "step", "status", "issue", "opened_at", "activated_at"]
    for answer, cell in zip(answers, cells, strict=True):
        row = texts[answer["consumerid"], answer["sync"]]
        assert (answer["name"], answer["step"], answer["status"]) == (row["name"], row["step"], row["status"])
        assert answer["issue"] == (row["issue"] or None)
        assert answer["opened_at"] == cell["opened_at"] == row["opened_at"]
        assert cell["issue"] == row["text"]
        assert cell["name"] == (f"'{row['name']}" if row["name"][0] in "=+-@" else row["name"])
        assert cell["activated_at"] == (answer["activated_at"] or "")


def test_rows_of_the_page_carry_consumer_and_issue(as_viewer, rows):
    html = body(as_viewer.get(PAGE))
    found = re.findall(r'<tr data-consumer="([^"]*)" data-issue="([^"]*)"', html)
    listed = {(row["consumerid"], row["issue"]) for row in rows}
    assert len(found) == 50
    assert {(unescape(consumer), issue) for consumer, issue in found} <= listed
    assert "<b>Bert" not in html


@pytest.mark.parametrize(
    "query",
    ["step=nowhere", "status=ACTIVE", "issue=nothing", "reached=x", "with_issue=maybe", "sort=sync_id", "page=0"],
)
def test_an_impossible_value_is_refused(as_viewer, rows, query):
    assert as_viewer.get(f"{API}?{query}").status_code == 400
    assert as_viewer.get(f"{EXPORT}?{query}").status_code == 400
    page = as_viewer.get(f"{PAGE}?{query}")
    assert page.status_code == 200
    assert "data-consumer" not in body(page)


# --- every number is a link to its rows -------------------------------------------------------------------------------


def linked_numbers(html):
    """Every link to the list with the number that it shows."""
    for url, inner in re.findall(r'<a\b[^>]*href="(/consumers/by-sync/[^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL):
        text = re.sub(r"<title>.*?</title>|<svg.*?</svg>", "", inner, flags=re.DOTALL)
        number = re.search(r"<title>([\d,]+)", inner) if 'tabindex="-1"' in inner else None
        number = (
            number
            or re.search(r'<data [^>]*value="(\d+)"', text)
            or re.search(r"([\d,]+)", re.sub("<[^>]+>", "", text))
        )
        if number:
            yield unescape(url), int(number[1].replace(",", ""))


@pytest.mark.parametrize(
    "page", ["/", "/syncs/", "/syncs/sync 0&%3F/", "/syncs/sync 1&%3F/", "/syncs/sync 2&%3F/", "/syncs/sync 3&%3F/"]
)
def test_every_number_leads_to_exactly_its_rows(as_viewer, rows, page):
    numbers = dict(linked_numbers(body(as_viewer.get(page))))
    assert numbers
    for url, number in numbers.items():
        path, _, query = url.partition("?")
        assert path == PAGE
        listed = (
            answered(as_viewer, f"{API}?{query}", {}, limit=500)
            if not query
            else as_viewer.get(f"{API}?{query}&limit=500").json()["results"]
        )
        assert len(listed) == number, url
        total = re.search(r'id="h-count"[^>]*>\s*([\d,]+)', body(as_viewer.get(url)))
        assert int(total[1]) == number if total else number == 0, url


def test_the_page_of_a_sync_carries_the_numbers_of_the_api(as_viewer, records):
    for sync in syncs_of(records):
        address = sync["sync"].replace("?", "%3F")
        html = body(as_viewer.get(f"/syncs/{address}/"))
        for step in as_viewer.get(f"/api/v1/syncs/{address}").json()["steps"]:
            part = html.partition(f'data-step="{step["step"]}"')[2].partition("</li>\n")[0]
            values = [
                int(value)
                for value in re.findall(r'<data value="(\d+)"', html.partition(f'data-step="{step["step"]}"')[2])[:2]
            ]
            assert values == [step["reached"], step["stuck"]], (part, step)


# --- cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/syncs/",
        "/syncs/sync 1&%3F/",
        "/api/v1/syncs",
        "/api/v1/syncs/sync 1&%3F",
        PAGE,
        f"{PAGE}?sync=sync 1%26%3F&issue=connection_failed",
        f"{API}?limit=500",
    ],
)
def test_number_of_queries_does_not_grow(as_viewer, path):
    costs = []
    for seed, consumers in ((3, 3), (5, 300)):
        parents, children = world.made(seed, consumers=consumers)
        feed(*parents, *children)
        feed(*failing(seed))
        body(as_viewer.get(path))
        with CaptureQueriesContext(db) as captured:
            body(as_viewer.get(path))
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert costs[1] <= 15


def failing(seed):
    """One activation that a failed connection keeps, so that connectors are looked up however few rows there are."""
    at = f"2026-06-0{seed}T00:00:00Z"
    yield {"type": "sync", "sync": "sync 1&?", "name": "One", "requires": [{"connector": "odoo"}], "mappings": ["%_"]}
    yield {
        "type": "connection",
        "connection": "f",
        "consumer": "id 0%&?",
        "connector": "odoo",
        "status": "failed",
        "changed_at": at,
    }
    yield {"type": "activation", "sync": "sync 1&?", "consumer": "id 0%&?", "opened_at": at, "changed_at": at}


def test_the_counter_holds_what_the_page_needs(records):
    assert SyncCount.objects.filter(count__lt=0).count() == 0
    assert differences() == []
