"""The counts that lists and charts read equal a recount, whatever is written and by however many writers."""

import random
import threading

import pytest
from django.db import OperationalError, transaction
from django.db import connection as db
from django.db.models import F
from django.utils import timezone

from common.locks import lock_state
from connections.models import Connection, ConnectorCount
from connections.standing import differences
from consumers.models import Consumer, ConsumerCount
from tests import make

pytestmark = pytest.mark.django_db


def counts(consumer):
    consumer.refresh_from_db()
    return consumer.active_count, consumer.pending_count, consumer.failed_count


def connector_counts(connector):
    return {c.status: c.count for c in ConnectorCount.objects.filter(connector=connector) if c.count}


def test_a_new_consumer_has_nothing():
    consumer = make.consumer()
    consumer.refresh_from_db()
    assert (consumer.issue, consumer.is_active) == ("nothing", False)


@pytest.mark.parametrize(
    ("statuses", "issue", "is_active"),
    [
        ([], "nothing", False),
        (["active"], "", True),
        (["pending"], "connection_pending", False),
        (["failed"], "connection_failed", False),
        (["active", "failed"], "connection_failed", True),
        (["active", "pending"], "", True),
        (["pending", "failed"], "connection_failed", False),
        (["pending", "pending"], "connection_pending", False),
    ],
)
def test_issue_of_a_consumer_follows_the_definition(statuses, issue, is_active):
    consumer = make.consumer()
    for status in statuses:
        make.connection(consumer=consumer, status=status)
    consumer.refresh_from_db()
    assert (consumer.issue, consumer.is_active) == (issue, is_active)
    assert differences() == []


def test_deleted_connections_do_not_count():
    consumer = make.consumer()
    failed = make.connection(consumer=consumer, status="failed")
    Connection.objects.filter(pk=failed.pk).update(is_deleted=True)
    assert counts(consumer) == (0, 0, 0)
    assert consumer.issue == "nothing"
    assert connector_counts(failed.connector) == {}


def test_connections_of_a_deleted_consumer_count_nowhere_and_come_back_with_it():
    consumer = make.consumer()
    connection = make.connection(consumer=consumer)
    Consumer.objects.filter(pk=consumer.pk).update(is_deleted=True)
    connection.refresh_from_db()
    assert not connection.is_live
    assert connector_counts(connection.connector) == {}
    assert differences() == []
    Consumer.objects.filter(pk=consumer.pk).update(is_deleted=False)
    connection.refresh_from_db()
    assert connection.is_live
    assert connector_counts(connection.connector) == {"active": 1}


def test_a_connection_written_against_a_wrong_view_of_its_consumer_is_put_right():
    consumer = make.consumer(is_deleted=True)
    connection = make.connection(consumer=consumer, consumer_is_live=True)
    connection.refresh_from_db()
    assert not connection.consumer_is_live
    assert connector_counts(connection.connector) == {}


def test_moving_a_connection_moves_its_counts():
    old, new = make.consumer(), make.consumer()
    connector = make.connector()
    connection = make.connection(consumer=old)
    Connection.objects.filter(pk=connection.pk).update(consumer=new, connector=connector, status="pending")
    assert counts(old) == (0, 0, 0)
    assert counts(new) == (0, 1, 0)
    assert connector_counts(connector) == {"pending": 1}
    assert differences() == []


def test_erasing_rows_takes_them_out_of_the_counts():
    connection = make.connection()
    consumer = connection.consumer
    connection.delete()
    assert counts(consumer) == (0, 0, 0)
    consumer.delete()
    assert differences() == []
    assert sum(c.count for c in ConsumerCount.objects.all()) == 0


def test_differences_names_what_is_wrong():
    connection = make.connection()
    ConnectorCount.objects.update(count=F("count") + 1)
    assert [d.table for d in differences()] == ["connections_connectorcount"]
    ConnectorCount.objects.update(count=F("count") - 1)
    # The counts of a consumer can only be made wrong behind the triggers' back.
    with db.cursor() as cursor:
        cursor.execute("UPDATE consumers_consumer SET active_count = 7 WHERE id = %s", [connection.consumer_id])
    assert "consumers_consumer" in {d.table for d in differences()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without the lock"])
def test_standing_is_right_under_concurrent_writers(locked):
    """Writers that insert, change, move, delete and restore at once.

    With the lock that all our writers take, none of them fails. Without it two may meet in a deadlock and one is
    rolled back, but no number is ever wrong.
    """
    consumers = [make.consumer() for _ in range(4)]
    connectors = [make.connector() for _ in range(3)]
    rows = [make.connection(consumer=random.choice(consumers), connector=connectors[0]) for _ in range(20)]
    faults: list[BaseException] = []

    def write(seed):
        choose = random.Random(seed)
        for _ in range(40):
            try:
                with transaction.atomic():
                    if locked:
                        lock_state()
                    _one_write(choose, consumers, connectors, rows)
            except OperationalError as fault:
                faults.append(fault)
        db.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not (locked and faults)
    assert all("deadlock detected" in str(fault) for fault in faults)
    assert differences() == []


def _one_write(choose, consumers, connectors, rows):
    what = choose.randrange(4)
    if what == 0:
        make.connection(consumer=choose.choice(consumers), connector=choose.choice(connectors), now=timezone.now())
        return
    row = choose.choice(rows)
    if what == 1:
        consumer = Consumer.objects.filter(pk=choose.choice(consumers).pk)
        consumer.update(is_deleted=choose.random() < 0.5)
    elif what == 2:
        Connection.objects.filter(pk=row.pk).update(is_deleted=choose.random() < 0.5)
    else:
        status = choose.choice(["active", "pending"])
        Connection.objects.filter(pk=row.pk).update(status=status, connector=choose.choice(connectors))
