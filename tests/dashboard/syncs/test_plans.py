"""Every order of the list of activations is read from an index, also behind a cursor."""

import json

import pytest
from django.db import connection as db
from django.http import QueryDict

from dashboard.lists.activations import ActivationList
from tests.dashboard.syncs import world
from tests.feed import feed

pytestmark = pytest.mark.django_db


def plan(rows):
    with db.cursor() as cursor:
        # Few rows are sorted faster than read in order, so only what can not be read in order may sort.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        statement, parameters = rows.query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT json) {statement}", parameters)
        return json.dumps(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "activation_by_name"),
        ("sort=-name", "activation_by_name"),
        ("sync=sync 0%26%3F", "activation_of_sync_by_name"),
        ("sort=step", "activation_by_step"),
        ("sort=-status", "activation_by_status"),
        ("sort=issue", "activation_by_issue"),
        ("sort=sync", "activation_by_sync"),
        ("sort=opened_at", "activation_by_opening"),
        ("sort=-activated_at", "activation_by_activating"),
    ],
)
def test_orders_are_read_from_an_index(query, index):
    parents, children = world.made(seed=1, consumers=10)
    feed(*parents, *children)
    filters = ActivationList().asked(QueryDict(query))
    rows = filters.in_order(filters.qs).order_by(*filters.order.by())
    first = rows.values_list(*filters.order.columns)[0]
    for found in (
        plan(rows.values_list("pk")[:50]),
        plan(rows.filter(filters.order.after(first)).values_list("pk")[:50]),
    ):
        assert index in found
        assert '"Sort"' not in found
