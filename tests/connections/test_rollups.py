"""Events are counted once, in the right bucket, and only where they count."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum

from common.windows import bucket_of
from connections import rollup_services
from connections.models import (
    ActivityEvent,
    Connection,
    ConnectionRollup,
    ConnectorRollup,
    ErrorCard,
    ErrorEvent,
    RollupDelta,
    RollupState,
    TotalRollup,
    ZoneWindow,
)
from connections.rollup_proof import differences
from consumers.models import Consumer
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def send():
    return partial(feed, by=make.source(), now=NOW)


@pytest.fixture
def shop():
    return make.connection(key="shop", flow="source", is_tracked=True)


@pytest.fixture
def books():
    return make.connection(key="books", flow="destination", is_tracked=True)


def activity(key="a-1", connection="shop", kind="created", at=NOW, **fields):
    when = at.isoformat()
    return {"type": "activity", "id": key, "connection": connection, "kind": kind, "occurred_at": when, **fields}


def error(key="e-1", connection="shop", category="business", at=NOW, **fields):
    when = at.isoformat()
    base = {"type": "error", "id": key, "connection": connection, "category": category, "message": "No SKU"}
    return base | {"occurred_at": when, **fields}


def written(grain, *, key="connection_id"):
    """Return where each row of a grain lies; to write it moves it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, bucket, ctid::text FROM {grain._meta.db_table}")
        return {(of, bucket): place for of, bucket, place in cursor.fetchall()}


def drain():
    while rollup_services.drain():
        pass
    assert differences() == []


def total():
    sums = TotalRollup.objects.aggregate(*[Sum(c) for c in ("created", "updated", "sent", "business", "technical")])
    return {name.removesuffix("__sum"): int(value) for name, value in sums.items() if value}


def test_events_are_stored_with_their_fields(send, shop):
    links = [{"kind": "external", "title": "How", "url": "https://help.example/"}]
    product = {"identifier": "SKU-1", "label": "Chair", "family": "Seats"}
    rest = {"code": "X", "operation": "create", "channel": "web", "locale": "fr_BE", "entity": "invoice"}
    assert send(activity(count=7), error(product=product, help=links, **rest)).accepted == 2
    assert ActivityEvent.objects.get().count == 7
    stored = ErrorEvent.objects.get()
    assert (stored.product_identifier, stored.product_family, stored.help) == ("SKU-1", "Seats", links)
    assert (stored.entity, stored.channel, stored.locale, stored.operation) == ("invoice", "web", "fr_BE", "create")


def test_a_second_event_of_the_same_id_is_a_duplicate_and_changes_nothing(send, shop, books):
    first = send(activity(count=3), activity(count=5), error(), error(), activity(connection="books", kind="sent"))
    assert (first.accepted, first.duplicate) == (3, 2)
    again = send(activity(count=9), error(message="other"), activity("a-2"))
    assert (again.accepted, again.duplicate) == (1, 2)
    drain()
    assert total() == {"created": 4, "sent": 1, "business": 1}


def test_a_known_event_spoils_nothing_of_a_batch_that_changes_states_as_well(send, shop):
    send(activity())
    consumer, connector = shop.consumer.consumerid, shop.connector.key
    renamed = {"type": "connection", "connection": "shop", "consumer": consumer, "connector": connector}
    outcome = send(
        activity(), renamed | {"status": "failed", "name": "New", "flow": "source"}, activity("a-2"), error()
    )
    assert (outcome.accepted, outcome.duplicate) == (3, 1)
    assert Connection.objects.get(key="shop").name == "New"


def test_a_known_event_undoes_nothing_that_the_transaction_did_before(send, shop):
    send(activity())
    with transaction.atomic():
        Connection.objects.filter(key="shop").update(name="Before")
        outcome = send({"type": "activity"}, activity(), activity("a-2"), activity("a-2"))
    assert (outcome.accepted, outcome.duplicate, outcome.rejected) == (1, 2, 1)
    assert Connection.objects.get(key="shop").name == "Before"
    assert ActivityEvent.objects.count() == 2


def test_events_before_the_time_that_is_recounted_are_too_old(send, shop):
    RollupState.objects.update_or_create(id=1, defaults={"recount_from": bucket_of(NOW - HOUR)})
    outcome = send(activity(at=NOW - timedelta(hours=2)), activity("a-2"))
    assert [problem.code for problem in outcome.problems] == ["too_old"]


def test_ids_are_unique_by_type_and_connection(send, shop, books):
    outcome = send(activity("1"), error("1"), activity("1", "books", "sent"), error("1", "books"))
    assert (outcome.accepted, outcome.duplicate) == (4, 0)


@pytest.mark.parametrize(
    ("kind", "connection", "expected"),
    [
        ("created", "shop", []),
        ("updated", "shop", []),
        ("sent", "shop", ["wrong_flow"]),
        ("sent", "books", []),
        ("created", "books", ["wrong_flow"]),
        ("created", "other", ["wrong_flow"]),
        ("sent", "other", ["wrong_flow"]),
    ],
)
@pytest.mark.usefixtures("shop", "books")
def test_activity_must_fit_the_flow_of_its_connection(send, kind, connection, expected):
    make.connection(key="other")
    assert [p.code for p in send(activity(kind=kind, connection=connection)).problems] == expected


def test_errors_fit_every_connection(send):
    make.connection(key="other")
    assert send(error(connection="other")).accepted == 1


def test_events_follow_the_flow_that_the_records_before_them_left(send, shop):
    turn = {"type": "connection", "connection": "shop", "consumer": shop.consumer.consumerid}
    turn |= {"connector": shop.connector.key, "status": "active", "flow": "destination"}
    new = turn | {"connection": "new", "flow": "source"}
    outcome = send(
        activity("1"), turn, activity("2"), activity("3", kind="sent"), activity("4", "new"), new, activity("5", "new")
    )
    assert [(p.index, p.code) for p in outcome.problems] == [(2, "wrong_flow"), (4, "unknown_connection")]
    assert ActivityEvent.objects.count() == 3


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW - timedelta(days=30), None),
        (NOW - timedelta(days=30, seconds=1), "too_old"),
        (NOW + timedelta(days=1), None),
        (NOW + timedelta(days=1, seconds=1), "in_future"),
    ],
)
def test_age(send, shop, at, code):
    assert [p.code for p in send(activity(at=at), error(at=at)).problems] == [code, code] * bool(code)


def test_a_batch_without_a_new_event_asks_for_no_drain(send, shop, monkeypatch, django_capture_on_commit_callbacks):
    kicks = []
    monkeypatch.setattr("ingest.pipeline.kick", lambda: kicks.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        send(activity("ancient", at=NOW - timedelta(days=40)), error("far", at=NOW + timedelta(days=2)))
    assert kicks == []
    with django_capture_on_commit_callbacks(execute=True):
        send(activity("ancient", at=NOW - timedelta(days=40)), error("new"))
    assert kicks == [1]


def test_what_an_importer_made_takes_no_events_from_elsewhere(send, shop):
    Connection.objects.update(owner=make.source(kind="chift"))
    assert [p.code for p in send(error()).problems] == ["other_source"]


def test_order_of_the_checks(send, shop):
    ancient = NOW - timedelta(days=99)
    outcome = send(activity(kind="sent", at=ancient), activity(connection="none", kind="sent", at=ancient))
    assert [p.code for p in outcome.problems] == ["wrong_flow", "unknown_connection"]


def test_buckets_are_a_quarter_of_an_hour_half_open(send, shop):
    edge = datetime(2026, 3, 10, 12, tzinfo=UTC)
    send(activity("1", at=edge - timedelta(microseconds=1)), activity("2", at=edge), activity("3", at=edge))
    drain()
    assert dict(ConnectionRollup.objects.values_list("bucket", "created")) == {
        edge - timedelta(minutes=15): 1,
        edge: 2,
    }


def test_a_batch_that_fails_leaves_no_delta(send, shop):
    with transaction.atomic():
        send(activity())
        transaction.set_rollback(True)
    assert not RollupDelta.objects.exists()


def test_a_drain_takes_everything_once(send, shop):
    send(activity("1"), activity("2", at=NOW - timedelta(hours=1)))
    assert rollup_services.drain() == 2
    assert rollup_services.drain() == 0
    assert total() == {"created": 2}


class TestUpperGrains:
    """They hold tracked, live connections, of those the kinds that the present flow counts."""

    @pytest.fixture(autouse=True)
    def _data(self, send, shop, books):
        make.connection(key="quiet", flow="source", connector=shop.connector)
        send(
            activity("1", count=10),
            activity("2", kind="updated", count=20),
            error("1"),
            error("2", category="technical"),
        )
        send(activity("1", "books", "sent", count=40), error("1", "books"))
        send(activity("1", "quiet", count=1000), error("1", "quiet"))
        drain()

    def test_untracked_connections_count_nowhere_above(self, shop):
        assert total() == {"created": 10, "updated": 20, "sent": 40, "business": 2, "technical": 1}
        assert ConnectionRollup.objects.aggregate(n=Sum("created"))["n"] == 1010

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"is_tracked": False}, {"sent": 40, "business": 1}),
            ({"flow": "destination"}, {"sent": 40, "business": 2, "technical": 1}),
            ({"flow": "other", "is_tracked": False}, {"sent": 40, "business": 1}),
            ({"is_deleted": True}, {"sent": 40, "business": 1}),
        ],
    )
    def test_moves_and_back(self, shop, change, expected):
        Connection.objects.filter(key="shop").update(**change)
        assert total() == expected
        assert differences() == []
        Connection.objects.filter(key="shop").update(is_tracked=True, flow="source", is_deleted=False)
        assert total() == {"created": 10, "updated": 20, "sent": 40, "business": 2, "technical": 1}
        assert differences() == []

    def test_tracking_brings_what_was_counted_before(self, shop):
        Connection.objects.filter(key="quiet").update(is_tracked=True)
        assert total()["created"] == 1010
        assert differences() == []

    def test_another_connector(self, shop, books):
        Connection.objects.filter(key="shop").update(connector=books.connector)
        sums = ConnectorRollup.objects.filter(connector_id=books.connector_id).aggregate(n=Sum("created"))
        assert sums["n"] == 10
        assert differences() == []

    def test_a_deleted_consumer_takes_its_connections_along(self, shop):
        Consumer.objects.filter(pk=shop.consumer_id).update(is_deleted=True)
        assert total() == {"sent": 40, "business": 1}
        Consumer.objects.filter(pk=shop.consumer_id).update(is_deleted=False)
        assert total()["created"] == 10
        assert differences() == []

    def test_events_of_deleted_connections_are_stored_and_count_once_they_are_back(self, send, shop):
        Connection.objects.filter(key="shop").update(is_deleted=True)
        send(activity("late", count=5))
        drain()
        assert "created" not in total()
        Connection.objects.filter(key="shop").update(is_deleted=False)
        assert total()["created"] == 15

    def test_pending_deltas_follow_the_connection_as_it_is_when_they_are_drained(self, send, shop):
        send(activity("late", count=5))
        Connection.objects.filter(key="shop").update(is_tracked=False)
        drain()
        assert "created" not in total()

    def test_forgetting_a_connection(self, send, shop):
        send(activity("pending"))
        with transaction.atomic():
            Connection.objects.filter(key="shop").update(is_tracked=False)
            rollup_services.forget_connections(connection_ids=[shop.pk])
            Connection.objects.filter(key="shop").delete()
        assert not ActivityEvent.objects.filter(connection_id=shop.pk).exists()
        drain()
        assert total() == {"sent": 40, "business": 1}

    def test_differences_names_what_is_wrong(self, shop):
        TotalRollup.objects.update(created=1)
        ConnectionRollup.objects.filter(connection_id=shop.pk).update(business=99)
        assert {d.table for d in differences()} == {
            "connections_connectionrollup",
            "connections_connectorrollup",
            "connections_totalrollup",
        }

    def test_a_rebuild_restores_everything(self, send, shop):
        rollup_services.use_zones(zones=["UTC"], now=NOW)
        send(activity("pending"))
        TotalRollup.objects.update(created=1)
        ConnectionRollup.objects.filter(connection_id=shop.pk).delete()
        ErrorCard.objects.update(business=77)
        rollup_services.rebuild()
        assert differences() == []
        assert total()["created"] == 11

    def test_a_rebuild_writes_only_what_is_wrong(self, send, shop, books):
        send(activity("right", at=NOW), activity("wrong", at=NOW - HOUR), activity("missing", at=NOW - 2 * HOUR))
        drain()
        stored = ConnectionRollup.objects.filter(connection_id=shop.pk)
        stored.filter(bucket=bucket_of(NOW - HOUR)).update(created=F("created") + 5, technical=1)
        stored.filter(bucket=bucket_of(NOW - 2 * HOUR)).delete()
        ConnectionRollup.objects.create(connection_id=books.pk, bucket=bucket_of(NOW + HOUR), business=3)
        assert len(differences()) > 0
        before = written(ConnectionRollup)
        rollup_services.rebuild()
        after = written(ConnectionRollup)
        assert differences() == []
        changed = {key for key in before | after if before.get(key) != after.get(key)}
        assert changed == {
            (shop.pk, bucket_of(NOW - HOUR)),
            (shop.pk, bucket_of(NOW - 2 * HOUR)),
            (books.pk, bucket_of(NOW + HOUR)),
        }
        assert (books.pk, bucket_of(NOW + HOUR)) not in after

    def test_a_rebuild_since_leaves_older_buckets_as_they_are(self, send, shop):
        send(activity("old", at=NOW - HOUR), activity("new"))
        drain()
        ConnectionRollup.objects.filter(connection_id=shop.pk).update(sent=7)
        send(activity("old and pending", at=NOW - HOUR), activity("new and pending"))
        above = written(ConnectorRollup, key="connector_id")
        rollup_services.rebuild(since=NOW)
        wrong = ConnectionRollup.objects.filter(sent=7)
        assert wrong.exists()
        assert not wrong.filter(bucket__gte=bucket_of(NOW)).exists()
        older = {key: place for key, place in above.items() if key[1] < bucket_of(NOW)}
        assert older.items() <= written(ConnectorRollup, key="connector_id").items()
        # What was pending of the older buckets is still to be drained, the rest has been counted.
        while rollup_services.drain():
            pass
        assert total()["created"] == 14
        rollup_services.rebuild()

    def test_a_rebuild_never_touches_what_can_not_be_recounted(self, send, shop):
        RollupState.objects.update(recount_from=bucket_of(NOW + HOUR))
        ActivityEvent.objects.all().delete()
        rollup_services.rebuild()
        assert total()["created"] == 10


class TestCards:
    def test_cards_count_the_window_of_each_zone(self, send, shop):
        rollup_services.use_zones(zones=["Pacific/Kiritimati", "Pacific/Pago_Pago"], now=NOW)
        # 12:07 UTC is the 11th in Kiritimati (+14) and the 10th in Pago Pago (-11).
        send(error("1"), error("2", at=datetime(2026, 3, 4, 9, tzinfo=UTC)), error("3", category="technical"))
        drain()
        assert dict(ErrorCard.objects.values_list("zone", "business")) == {
            "Pacific/Kiritimati": 1,
            "Pacific/Pago_Pago": 1,
        }
        send(error("4", at=datetime(2026, 3, 4, 10, tzinfo=UTC)), error("5", at=datetime(2026, 3, 4, 11, tzinfo=UTC)))
        drain()
        assert dict(ErrorCard.objects.values_list("zone", "business")) == {
            "Pacific/Kiritimati": 3,
            "Pacific/Pago_Pago": 2,
        }

    def test_a_new_zone_counts_what_is_there(self, send, shop):
        send(error("1"), error("2"))
        drain()
        rollup_services.use_zones(zones=["UTC"], now=NOW)
        assert ErrorCard.objects.get().business == 2
        rollup_services.use_zones(zones=["Asia/Tokyo"], now=NOW)
        assert set(ErrorCard.objects.values_list("zone", flat=True)) == {"Asia/Tokyo"}

    def test_windows_turn_at_midnight(self, send, shop):
        rollup_services.use_zones(zones=["UTC", "Asia/Kathmandu"], now=NOW)
        send(error("1", at=NOW - timedelta(days=6)), error("2"))
        drain()
        assert rollup_services.turn_windows(now=NOW) == []
        assert rollup_services.turn_windows(now=datetime(2026, 3, 10, 18, 15, tzinfo=UTC)) == ["Asia/Kathmandu"]
        assert rollup_services.turn_windows(now=datetime(2026, 3, 11, 0, 0, tzinfo=UTC)) == ["UTC"]
        assert dict(ErrorCard.objects.values_list("zone", "business")) == {"UTC": 1, "Asia/Kathmandu": 1}
        assert differences() == []
        assert ZoneWindow.objects.get(zone="UTC").ends_at == datetime(2026, 3, 12, tzinfo=UTC)


class TestPurge:
    def test_a_bucket_that_is_recounted_is_recounted_whole(self, shop):
        with pytest.raises(IntegrityError, match="recount_from_starts_a_bucket"), transaction.atomic():
            RollupState.objects.update(recount_from=NOW)

    def test_old_events_go_and_no_bucket_changes(self, send, shop):
        send(activity("old", at=NOW - timedelta(days=29)), activity("new"), error("old", at=NOW - timedelta(days=29)))
        drain()
        later = NOW + timedelta(days=2)
        assert rollup_services.purge_events(now=later) == 2
        assert total() == {"created": 2, "business": 1}
        assert differences() == []
        rollup_services.rebuild()
        assert total() == {"created": 2, "business": 1}
        assert rollup_services.recount_from() == datetime(2026, 2, 10, 12, tzinfo=UTC)

    def test_recount_from_never_goes_back(self, shop):
        rollup_services.purge_events(now=NOW)
        rollup_services.purge_events(now=NOW - timedelta(days=5))
        assert rollup_services.recount_from() == datetime(2026, 2, 8, 12, tzinfo=UTC)

    def test_old_buckets_go_from_all_grains(self, send, shop):
        send(activity("old", at=NOW - timedelta(days=3)), activity("new"))
        drain()
        later = NOW + timedelta(days=398)
        rollup_services.purge_events(now=later)
        assert rollup_services.purge_buckets(now=later) == 3
        assert total() == {"created": 1}
        assert differences() == []


def test_a_batch_of_events_costs_the_same_number_of_queries(send, shop, django_assert_num_queries):
    send(activity("0"))
    with django_assert_num_queries(2) as one:
        send(activity("1"))
    with django_assert_num_queries(len(one.captured_queries)):
        send(*[activity(f"many-{n}") for n in range(500)])
