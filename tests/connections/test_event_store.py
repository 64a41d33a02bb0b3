"""Whatever way events are stored, they leave the mark that a replica is measured by once they are committed."""

from datetime import UTC, datetime
from unittest import mock

import pytest
from django.db import connection as db
from django.db import transaction

from common import replica
from connections.event_store import ACTIVITY, AlreadyStoredError, store_all, store_new
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 3, 10, 12, 7, tzinfo=UTC)


@pytest.fixture
def shop():
    """A connection, before there is a replica."""
    return make.connection(key="shop", flow="source", is_tracked=True)


@pytest.fixture
def is_marked(shop):
    """Whether events were marked since it was asked last."""
    with mock.patch.object(replica, "is_configured", return_value=True), db.cursor() as cursor:

        def _is_marked():
            cursor.execute("DELETE FROM connections_replicamark RETURNING events <= pg_current_wal_insert_lsn()")
            return cursor.fetchall() == [(True,)]

        replica.beat()
        assert _is_marked()
        yield _is_marked


def row(shop, key):
    return (shop.pk, key, "created", 1, "product", NOW)


def activity(key, connection="shop"):
    when = NOW.isoformat()
    return {"type": "activity", "id": key, "connection": connection, "kind": "created", "occurred_at": when}


@pytest.mark.parametrize("store", [store_all, store_new])
def test_both_ways_of_storing_leave_a_mark_after_the_commit(store, shop, is_marked):
    with transaction.atomic():
        store({ACTIVITY: [row(shop, "a-1")]})
        assert not is_marked()
    assert is_marked()


def test_what_is_rolled_back_leaves_none(shop, is_marked):
    with transaction.atomic():
        store_all({ACTIVITY: [row(shop, "a-1")]})
        transaction.set_rollback(True)
    assert not is_marked()


def test_the_batch_that_meets_a_known_event_leaves_its_mark_when_it_is_repeated(shop, is_marked):
    source = make.source()
    feed(activity("a-1"), by=source, now=NOW)
    assert is_marked()
    with pytest.raises(AlreadyStoredError), transaction.atomic():
        store_all({ACTIVITY: [row(shop, "a-1")]})
    assert not is_marked()
    with transaction.atomic():
        assert feed(activity("a-1"), activity("a-2"), by=source, now=NOW).duplicate == 1
        assert not is_marked()
    assert is_marked()


def test_events_that_all_are_known_leave_a_mark_too(is_marked):
    """Who stored them may have died between its commit and its mark; now somebody is told that they are there."""
    source = make.source()
    feed(activity("a-1"), by=source, now=NOW)
    assert is_marked()
    assert feed(activity("a-1"), by=source, now=NOW).duplicate == 1
    assert is_marked()


def test_a_batch_without_events_that_can_be_stored_leaves_none(is_marked):
    assert feed(activity("a-1", connection="unknown"), by=make.source(), now=NOW).rejected == 1
    assert not is_marked()
