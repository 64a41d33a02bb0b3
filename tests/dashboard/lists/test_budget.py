"""What a page costs: as many queries for 300 rows as for 3, and indexes for what people do all day."""

import json

import pytest
from django.db import connection as db
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList
from dashboard.lists.selection import Selection
from tests.dashboard.lists import world

pytestmark = pytest.mark.django_db

# Session, user and shell cost five; then the rows. A page asks: probe, total, keys, rows, connections of the rows,
# counts and connectors of the bar, number of everything.
BUDGETS = {
    "/consumers/": 12,
    "/consumers/?issue=connection_failed&connector=k%200&active=true&sort=-created_at": 15,
    "/consumers/?q=elan": 15,
    "/connections/": 11,
    "/connections/?status=failed&tracked=true&sort=consumer": 13,
    "/connections/?q=elan": 16,
    "/api/v1/consumers": 4,
    "/api/v1/connections?status=failed": 6,
    "/consumers/export.csv": 3,
    "/connections/export.csv?status=failed": 4,
    "/search/?q=n": 11,
}


@pytest.mark.parametrize("url", BUDGETS)
def test_queries_do_not_grow_with_the_rows(as_viewer, url):
    counts = []
    for seed, rows in ((1, 3), (2, 300)):
        world.fill(seed, rows) if seed == 1 else grow(rows)
        as_viewer.get(url)
        with CaptureQueriesContext(db) as queries:
            world.body(as_viewer.get(url))
        counts.append(len(queries))
    assert max(counts) <= BUDGETS[url]
    assert counts[1] - counts[0] <= 2  # an empty page asks for no rows


def grow(rows):
    """More rows of the same world."""
    connector = world.Connector.objects.first()
    for number in range(rows):
        consumer = world.make.consumer(f"Élan {number}", consumerid=f"more-{number}")
        world.make.connection(consumer=consumer, connector=connector, status="failed" if number % 2 else "active")


@pytest.fixture
def known():
    """Enough rows for the planner to have an opinion."""
    world.fill(seed=3, count=800)
    with db.cursor() as cursor:
        cursor.execute("ANALYZE consumers_consumer, connections_connection")


def plan(rows):
    with db.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        statement, parameters = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT json) {statement}", parameters)
        return json.dumps(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("listing", "query", "index"),
    [
        (ConsumerList, "", "consumer_by_name"),
        (ConsumerList, "sort=-name", "consumer_by_name"),
        (ConsumerList, "sort=created_at", "consumer_by_created"),
        (ConsumerList, "sort=issue", "consumer_by_issue"),
        (ConsumerList, "sort=-issue", "consumer_by_issue"),
        (ConsumerList, "sort=connections", "consumer_by_size"),
        (ConsumerList, "sort=consumerid", "consumers_consumer_consumerid"),
        (ConnectionList, "", "connection_by_name"),
        (ConnectionList, "sort=-consumer", "connection_by_consumer"),
        (ConnectionList, "sort=status", "connection_by_status"),
        (ConnectionList, "sort=flow", "connection_by_flow"),
        (ConnectionList, "sort=-tracked", "connection_by_tracked"),
        (ConnectionList, "sort=changed_at", "connection_by_change"),
    ],
)
def test_orders_are_read_from_an_index(known, listing, query, index):
    selection = Selection(listing().asked(QueryDict(query)))
    found = plan(selection.rows.values_list("pk")[:50])
    assert index in found
    assert '"Sort"' not in found
    after = plan(selection.rows.filter(selection.order.after(_first(selection))).values_list("pk")[:50])
    assert index in after
    assert '"Sort"' not in after


def _first(selection):
    return selection.rows.values_list(*selection.order.columns)[0]


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("connector=k 0&status=failed", "consumer_by_filters"),
        ("status=pending", "consumer_by_filters"),
        ("connector=k 0&issue=connection_failed", "consumer_by_filters"),
        ("created_from=2026-03-10&created_to=2026-03-11", "consumer_by_created"),
    ],
)
def test_filters_are_probed_by_an_index(known, query, index):
    rows = ConsumerList().asked(QueryDict(query)).qs.order_by().values_list("pk")
    with db.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        statement, parameters = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN {statement}", parameters)
        assert index in str(cursor.fetchall())
