"""Page, API and CSV of a list give the rows that a plain recount gives, in the same order, whatever was asked."""

from itertools import product
from random import Random

import pytest

from common.times import iso
from connections.models import Connection
from consumers.models import ConnectionIssue
from dashboard import issues
from dashboard.lists import connections
from tests.dashboard.lists import world

pytestmark = pytest.mark.django_db

CONSUMER_FILTERS = [
    {},
    *({"active": [value]} for value in ("true", "false")),
    {"active": ["true", "false"]},
    *({"issue": [value]} for value in ("connection_failed", "nothing", "connection_pending", "none")),
    {"issue": ["nothing", "none"]},
    *({"status": [value]} for value in ("active", "pending", "failed")),
    {"connector": ["k 0"]},
    {"connector": ["k 0", "k 3"]},
    {"connector": ["k 6"]},
    {"connector": ["no such key"]},
    {"connector": [""]},
    {"unified_api": ["PMS & more"]},
    {"unified_api": ["Accounting"], "connector": ["k 1"]},
    {"connector": ["k 0"], "status": ["failed"]},
    {"unified_api": ["Accounting"], "status": ["failed", "pending"]},
    {"active": ["true"], "issue": ["connection_failed"], "connector": ["k 0"]},
    {"active": ["false"], "status": ["active"]},
    {"issue": ["none"], "status": ["failed"]},
    {"issue": ["nothing"], "connector": ["k 0"]},
    {"active": ["false"], "issue": ["connection_failed"]},
    {"created_from": ["2026-03-10"]},
    {"created_from": ["2026-03-10"], "created_to": ["2026-03-12"]},
    {"created_from": ["2026-04-10"], "created_to": ["2026-03-12"]},
    {"q": ["elan"]},
    {"q": ["e"]},
    {"q": ["an", "zebra"]},
    {"q": ["zebra"], "active": ["true"], "created_to": ["2026-04-01"]},
    *({"q": [name]} for name in world.STRANGE),
    {"q": ["id-3"]},
    {"q": ["\u0301"]},
    {"q": ["%"]},
    {"q": ["no such name anywhere"]},
]
CONSUMER_SORTS = ["name", "consumerid", "connections", "issue", "created_at", "failed_connections"]

CONNECTION_FILTERS = [
    {},
    *({"status": [value]} for value in ("active", "pending", "failed")),
    {"status": ["active", "failed"]},
    {"connector": ["k 0"]},
    {"connector": ["k 0", "k 1"], "status": ["failed"]},
    {"unified_api": ["Point of Sale"]},
    {"unified_api": ["Accounting"], "connector": ["k 1"]},
    {"connector": ["no such key"]},
    *({"flow": [value]} for value in ("source", "destination", "other")),
    *({"tracked": [value]} for value in ("true", "false")),
    {"tracked": ["true", "false"], "flow": ["source", "other"]},
    {"consumer": ["id-3"]},
    {"consumer": ["no such consumer"]},
    {"consumer": ["=id 0%&?"]},
    {"q": ["elan"]},
    {"q": ["c 5"]},
    {"q": ["=x"], "status": ["active"]},
    {"q": ["O"]},
    *({"q": [name]} for name in world.STRANGE[:6]),
]
CONNECTION_SORTS = ["name", "consumer", "status", "flow", "tracked", "changed_at", "connector"]


def both_ways(sorts):
    return [sign + sort for sort, sign in product(sorts, ("", "-"))]


@pytest.fixture
def small():
    world.fill(seed=1, count=120)
    return world.read()


def agree(client, addresses, filters, sorts, recount):
    """Every order of the CSV is the recount; so are page and API, in an order that differs from filter to filter."""
    path, export, api, mark = addresses
    looked_at = Random(str(filters)).choice(sorts)
    for sort in sorts:
        query = {**filters, "sort": sort}
        expected = recount(sort)
        found = world.downloaded(client, export, query)
        assert [row[mark].removeprefix("'") for row in found] == expected, sort
        if sort == looked_at:
            assert world.shown(client, path, query) == (expected, len(expected)), sort
            assert [row[mark] for row in world.answered(client, api, query)] == expected, sort


@pytest.mark.parametrize("filters", CONSUMER_FILTERS, ids=str)
def test_consumers_are_those_of_a_recount(as_viewer, small, filters):
    addresses = ("/consumers/", "/consumers/export.csv", "/api/v1/consumers", "consumerid")
    agree(as_viewer, addresses, filters, both_ways(CONSUMER_SORTS), lambda sort: world.consumers(small, filters, sort))


@pytest.mark.parametrize("filters", CONNECTION_FILTERS, ids=str)
def test_connections_are_those_of_a_recount(as_viewer, small, filters):
    addresses = ("/connections/", "/connections/export.csv", "/api/v1/connections", "connection")
    sorts = both_ways(CONNECTION_SORTS)
    agree(as_viewer, addresses, filters, sorts, lambda sort: world.connections(small, filters, sort))


@pytest.mark.parametrize("more", [{"active": ["true"]}, {"issue": ["none"], "connector": ["k 0"]}], ids=str)
@pytest.mark.usefixtures("few_are_many")
def test_consumers_that_many_match_are_those_of_a_recount(as_viewer, small, more):
    filters = {"q": ["e"], **more}
    for sort in both_ways(CONSUMER_SORTS):
        expected = world.consumers(small, filters, sort)
        assert world.shown(as_viewer, "/consumers/", {**filters, "sort": sort})[0] == expected
        rows = world.answered(as_viewer, "/api/v1/consumers", {**filters, "sort": sort}, limit=37)
        assert [row["consumerid"] for row in rows] == expected


@pytest.mark.parametrize("filters", [{"q": ["e"]}, {"q": ["e"], "flow": ["source"]}, {"flow": ["source"]}], ids=str)
@pytest.mark.parametrize("more", [{"status": ["active", "failed"]}, {"tracked": ["true"]}], ids=str)
@pytest.mark.usefixtures("few_are_many")
def test_connections_that_many_match_are_those_of_a_recount(as_viewer, small, filters, more):
    for sort in both_ways(CONNECTION_SORTS):
        query = {**filters, **more, "sort": sort}
        expected = world.connections(small, {**filters, **more}, sort)
        assert world.shown(as_viewer, "/connections/", query)[0] == expected
        rows = world.answered(as_viewer, "/api/v1/connections", query, limit=37)
        assert [row["connection"] for row in rows] == expected


@pytest.mark.usefixtures("few_are_many")
def test_so_they_are_where_there_are_too_many_groups(as_viewer, small, monkeypatch):
    monkeypatch.setattr(connections, "_MOST_FIRST", 0)
    for sort in both_ways(CONNECTION_SORTS):
        query = {"flow": ["source"], "sort": sort}
        assert world.shown(as_viewer, "/connections/", query)[0] == world.connections(small, {"flow": ["source"]}, sort)


def test_a_row_that_goes_meanwhile_does_not_end_the_list(as_viewer, small, monkeypatch):
    read = connections.ConnectionFilters.first

    def read_and_delete(self, reading, *, begin):
        found = read(self, reading, begin=begin)
        Connection.objects.filter(pk=found[0][-1]).update(is_deleted=True)
        return found

    expected = len(world.connections(small, {"flow": ["source"]}))
    assert expected > 60
    monkeypatch.setattr(connections.ConnectionFilters, "first", read_and_delete)
    answer = as_viewer.get("/api/v1/connections", {"flow": "source", "limit": 30}).json()
    assert answer["next"]


@pytest.mark.parametrize("seed", range(4))
def test_any_mix_of_filters_is_a_recount(as_viewer, small, seed):
    random = Random(seed)
    for _ in range(25):
        filters = {}
        for one in random.sample(CONSUMER_FILTERS, k=random.randint(2, 4)):
            filters |= one
        sort = random.choice(CONSUMER_SORTS)
        rows = world.answered(as_viewer, "/api/v1/consumers", {**filters, "sort": sort}, limit=500)
        assert [row["consumerid"] for row in rows] == world.consumers(small, filters, sort), filters


def test_rows_of_the_api_hold_the_facts(as_viewer, small):
    by_id = {consumer.consumerid: consumer for consumer in small.consumers}
    for row in world.answered(as_viewer, "/api/v1/consumers", {}):
        consumer = by_id[row["consumerid"]]
        own = small.of(consumer)
        names = list(dict.fromkeys(small.connectors[c.connector_id].name for c in own))
        counts = [sum(c.status == status for c in own) for status in ("active", "pending", "failed")]
        assert row == {
            "consumerid": consumer.consumerid,
            "name": consumer.name,
            "email": consumer.email,
            "internal_reference": consumer.internal_reference,
            "active_connections": counts[0],
            "pending_connections": counts[1],
            "failed_connections": counts[2],
            "connectors": names,
            "issue": world.issue_of(own) or None,
            "created_at": iso(consumer.created_at),
        }


def test_csv_and_page_say_the_issue_in_the_same_words(as_viewer, small):
    rows = world.downloaded(as_viewer, "/consumers/export.csv", {})
    by_id = {consumer.consumerid: consumer for consumer in small.consumers}
    html = world.body(as_viewer.get("/consumers/", {"issue": "connection_failed"}))
    seen = set()
    for row in rows:
        own = small.of(by_id[row["consumerid"].removeprefix("'")])
        code = world.issue_of(own)
        status = {"connection_failed": "failed", "connection_pending": "pending"}.get(code)
        names = [small.connectors[c.connector_id].name for c in own if c.status == status]
        words = issues.words(ConnectionIssue(code), names) if code else ""
        assert row["issue"] == words
        seen.add(words)
        assert (
            row["connectors"].removeprefix("'").split("; ")
            == [*dict.fromkeys(small.connectors[c.connector_id].name for c in own)]
            or not own
        )
    assert "Connection failed (exact Online, Odoo)" in seen
    assert "Nothing" in seen
    assert "<bdi>Connection failed (" in html


def test_rows_of_connections_hold_the_facts(as_viewer, small):
    by_key = {connection.key: connection for connection in small.connections}
    consumers = {consumer.pk: consumer.consumerid for consumer in small.consumers}
    for row in world.answered(as_viewer, "/api/v1/connections", {}):
        stored = by_key[row["connection"]]
        connector = small.connectors[stored.connector_id]
        assert row == {
            "connection": stored.key,
            "consumer": consumers[stored.consumer_id],
            "connector": connector.key,
            "unified_api": connector.unified_api.name,
            "name": stored.name,
            "status": stored.status,
            "failure_code": stored.failure_code,
            "failure_message": stored.failure_message,
            "flow": stored.flow,
            "tracked": stored.is_tracked,
            "created_at": iso(stored.created_at),
            "changed_at": iso(stored.changed_at),
        }


def test_csv_holds_the_columns_and_no_formula(as_viewer, small):
    text = world.body(as_viewer.get("/consumers/export.csv"))
    head = text.split("\n", 1)[0].removeprefix("\ufeff")
    assert head == (
        "consumerid,name,email,internal_reference,active_connections,pending_connections,failed_connections,"
        "connectors,issue,created_at"
    )
    assert "\r\n" not in text
    names = {row["name"] for row in world.downloaded(as_viewer, "/consumers/export.csv", {})}
    live = {consumer.name for consumer in small.consumers if not consumer.is_deleted}
    assert names == {f"'{name}" if name[0] in "=+-@\t\r" else name for name in live}
    head = world.body(as_viewer.get("/connections/export.csv")).split("\n", 1)[0].removeprefix("\ufeff")
    assert head == (
        "connection,consumer,connector,unified_api,name,status,failure_code,failure_message,flow,tracked,"
        "created_at,changed_at"
    )


def test_other_names_of_columns_sort_alike(as_viewer, small):
    for path, other, name in (
        ("consumers", "created", "created_at"),
        ("consumers", "connectors", "connections"),
        ("connections", "-changed", "-changed_at"),
    ):
        rows = [world.answered(as_viewer, f"/api/v1/{path}", {"sort": sort}) for sort in (other, name)]
        assert rows[0] == rows[1]
