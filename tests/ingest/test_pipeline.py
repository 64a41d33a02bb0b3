"""What the interface promises of state records, sentence by sentence, through the one way in."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from connections.models import Connection, Connector, StatusChange, UnifiedApi
from connections.standing import differences
from consumers.models import Consumer
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ODOO = {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}
ANNA = {"type": "consumer", "consumer": "anna", "name": "Anna"}
LINK = {"type": "connection", "connection": "c-1", "consumer": "anna", "connector": "odoo", "status": "active"}


@pytest.fixture
def source():
    return make.source()


@pytest.fixture
def send(source):
    """Send records as one batch; returns the outcome."""
    return partial(feed, by=source, now=NOW)


@pytest.fixture
def connected(send):
    """Odoo, Anna and their connection are stored."""
    assert send(ODOO, ANNA, LINK).accepted == 3


def said(outcome):
    return [(p.index, p.code, p.path) for p in outcome.problems]


def connection():
    return Connection.objects.get(key="c-1")


def test_a_batch_takes_effect_in_order_parents_before_children(send):
    outcome = send(ANNA, LINK, ODOO, LINK)
    assert said(outcome) == [(1, "unknown_connector", "connector")]
    assert outcome.accepted == 3
    assert connection().consumer.consumerid == "anna"


def test_defaults_of_a_new_connection(send, connected):
    row = connection()
    assert (row.flow, row.is_tracked, row.name, row.is_deleted) == ("other", False, "", False)
    assert row.changed_at == row.created_at == row.status_since == NOW


def test_a_field_left_out_keeps_its_stored_value(send, connected):
    full = {"name": "Main", "flow": "source", "tracked": True, "connect_url": "https://a.example/"}
    send(LINK | full | {"created_at": "2020-01-01T00:00:00Z"})
    send(LINK)
    row = connection()
    assert (row.name, row.flow, row.is_tracked, row.connect_url) == ("Main", "source", True, "https://a.example/")
    assert row.created_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_null_clears(send, connected):
    send(LINK | {"name": "Main", "flow": "source", "tracked": True, "created_at": "2020-01-01T00:00:00Z"})
    send(LINK | {"name": None, "flow": None, "tracked": None, "connect_url": None, "created_at": None})
    row = connection()
    assert (row.name, row.flow, row.is_tracked, row.connect_url) == ("", "other", False, "")
    assert row.created_at == row.received_at == NOW


def test_null_clears_facts_of_a_consumer_and_a_connector(send):
    send(ANNA | {"email": "a@b.example", "internal_reference": "7", "redirect_url": "https://a.example"})
    send(ANNA | {"email": None, "internal_reference": None, "redirect_url": None})
    anna = Consumer.objects.get()
    assert (anna.email, anna.internal_reference, anna.redirect_url) == ("", "", "")
    send(ODOO | {"active": False, "default_flow": "source", "default_tracked": True, "help_url": "https://a.example"})
    send(ODOO | {"active": None, "default_flow": None, "default_tracked": None, "help_url": None})
    odoo = Connector.objects.get()
    assert (odoo.is_active, odoo.default_flow, odoo.default_tracked, odoo.help_url) == (True, "", False, "")


@pytest.mark.parametrize("deleted", [{"deleted": False}, {}, {"deleted": None}])
def test_deleted_left_out_means_false_so_a_record_brings_things_back(send, connected, deleted):
    send(LINK | {"deleted": True}, ANNA | {"deleted": True})
    assert connection().is_deleted
    assert not Consumer.objects.live()
    send(LINK | deleted, ANNA | deleted)
    assert not connection().is_deleted
    assert Consumer.objects.live().get().issue == ""
    assert differences() == []


def test_deleting_an_unknown_key_stores_it_as_deleted(send):
    outcome = send(ODOO, ANNA | {"deleted": True}, LINK | {"deleted": True})
    assert outcome.accepted == 3
    assert Consumer.objects.get().is_deleted
    assert connection().is_deleted


def test_records_about_deleted_things_are_stored_and_count_again_once_they_are_back(send, connected):
    send(ANNA | {"deleted": True})
    send(LINK | {"connection": "c-2", "status": "failed"})
    assert not Connection.objects.live()
    send(ANNA)
    assert Connection.objects.live().count() == 2
    assert Consumer.objects.get().issue == "connection_failed"


def test_failure_is_dropped_unless_the_status_is_failed(send, connected):
    failure = {"failure": {"code": "expired", "message": "The token expired"}}
    send(LINK | failure)
    assert connection().failure_code == ""
    send(LINK | failure | {"status": "failed"})
    assert connection().failure_code == "expired"
    send(LINK | {"status": "failed"})
    assert connection().failure_message == "The token expired"
    send(LINK | {"status": "failed", "failure": {"message": "Again"}})
    assert (connection().failure_code, connection().failure_message) == ("", "Again")
    send(LINK | {"status": "failed", "failure": None})
    assert connection().failure_message == ""
    send(LINK | {"status": "failed"} | failure)
    send(LINK)
    assert connection().failure_message == ""


@pytest.mark.parametrize(
    ("second", "stale"),
    [
        ("2026-03-01T09:59:59Z", 1),
        ("2026-03-01T10:00:00Z", 0),
        ("2026-03-01T10:00:01Z", 0),
        ("2026-03-01T11:59:59+02:00", 1),
        (None, 0),
    ],
)
def test_older_is_stale_equal_or_newer_applies(send, connected, second, stale):
    send(LINK | {"changed_at": "2026-03-10T12:00:00Z", "name": "before"})
    Connection.objects.update(changed_at=datetime(2026, 3, 1, 10, tzinfo=UTC))
    outcome = send(LINK | {"changed_at": second, "status": "pending"})
    assert (outcome.stale, outcome.accepted) == (stale, 1 - stale)
    assert connection().status == ("active" if stale else "pending")


def test_a_record_in_the_future_is_taken_as_now(send, connected):
    later = NOW + timedelta(minutes=1)
    send(LINK | {"changed_at": "2099-01-01T00:00:00Z"}, now=later)
    assert connection().changed_at == later
    assert send(LINK | {"changed_at": "2026-03-10T12:00:30Z"}, now=later).stale == 1


def test_a_record_that_does_not_say_is_never_stale_even_when_clocks_differ(send, connected):
    outcome = send(LINK | {"status": "pending"}, now=NOW - timedelta(seconds=2))
    assert outcome.accepted == 1
    assert (connection().status, connection().changed_at) == ("pending", NOW)


def test_a_stale_record_changes_nothing_not_even_its_deletion(send, connected):
    old = {"changed_at": "2020-01-01T00:00:00Z"}
    outcome = send(LINK | old | {"deleted": True, "name": "old", "tracked": True})
    assert outcome.stale == 1
    assert (connection().is_deleted, connection().name) == (False, "")


def test_a_record_that_changes_nothing_is_accepted(send, connected):
    before = Connection.objects.values().get(), Consumer.objects.values().get(), Connector.objects.values().get()
    outcome = send(ODOO, ANNA, LINK)
    assert (outcome.accepted, outcome.duplicate, outcome.stale) == (3, 0, 0)
    assert before == (
        Connection.objects.values().get(),
        Consumer.objects.values().get(),
        Connector.objects.values().get(),
    )
    assert StatusChange.objects.count() == 1


@pytest.mark.parametrize(
    ("connector", "record", "flow", "tracked"),
    [
        ({}, {}, "other", False),
        ({"default_flow": "source"}, {}, "source", False),
        ({"default_flow": "source", "default_tracked": True}, {}, "source", True),
        ({"default_flow": "source", "default_tracked": True}, {"flow": "destination"}, "destination", True),
        ({"default_flow": "source", "default_tracked": True}, {"tracked": False}, "source", False),
        ({"default_flow": "source", "default_tracked": True}, {"tracked": None}, "source", True),
        ({"default_flow": "source", "default_tracked": True}, {"flow": "other"}, "other", False),
        ({"default_flow": "source"}, {"flow": None}, "source", False),
        ({"default_tracked": True}, {}, "other", False),
        ({"default_flow": "source"}, {"tracked": True}, "source", True),
    ],
)
def test_a_new_connection_takes_what_its_record_does_not_name_from_its_connector(
    send, connector, record, flow, tracked
):
    assert send(ODOO | connector, ANNA, LINK | record).rejected == 0
    assert (connection().flow, connection().is_tracked) == (flow, tracked)


def test_defaults_of_a_connector_do_not_change_its_connections(send, connected):
    send(ODOO | {"default_flow": "source", "default_tracked": True}, LINK)
    assert (connection().flow, connection().is_tracked) == ("other", False)


def test_a_record_that_would_end_tracked_and_other_is_refused(send, connected):
    assert said(send(LINK | {"tracked": True})) == [(0, "invalid", "tracked")]
    assert said(send(LINK | {"tracked": True, "flow": None})) == [(0, "invalid", "tracked")]
    assert said(send(LINK | {"tracked": True, "flow": "other"})) == [(0, "invalid", "tracked")]
    assert send(LINK | {"tracked": True, "flow": "source"}).accepted == 1


def test_changing_the_flow_to_other_untracks(send, connected):
    send(LINK | {"tracked": True, "flow": "source"})
    send(LINK | {"flow": "other"})
    assert (connection().flow, connection().is_tracked) == ("other", False)


def test_invalid_comes_before_unknown(send, connected):
    outcome = send(LINK | {"tracked": True, "consumer": "nobody"}, LINK | {"consumer": "nobody", "connector": "x"})
    assert said(outcome) == [(0, "invalid", "tracked"), (1, "unknown_consumer", "consumer")]


def test_an_unknown_parent_is_an_error_also_of_a_stale_record(send, connected):
    stale = {"changed_at": "2020-01-01T00:00:00Z", "connector": "x"}
    outcome = send(LINK | stale)
    assert said(outcome) == [(0, "unknown_connector", "connector")]
    assert outcome.problems[0].message == 'no connector "x"'
    assert outcome.problems[0].type == "connection"


def test_a_new_unified_api_of_a_connector_moves_it_and_its_connections(send, connected):
    send(ODOO | {"unified_api": "Invoicing"})
    assert Connection.objects.get().connector.unified_api.name == "Invoicing"
    assert set(UnifiedApi.objects.values_list("name", flat=True)) == {"Accounting", "Invoicing"}


def test_a_connection_may_move_to_another_consumer_and_connector(send, connected):
    send(ANNA | {"consumer": "bob", "name": "Bob"}, ODOO | {"connector": "sage", "name": "Sage"})
    send(LINK | {"consumer": "bob", "connector": "sage"})
    assert dict(Consumer.objects.values_list("consumerid", "issue")) == {"anna": "nothing", "bob": ""}
    assert differences() == []


def test_keys_differ_by_case_and_texts_are_stored_as_they_came(send):
    name = '  Élan İstanbul 東京 مرحبا 🙂 =cmd() "a";b 100%_\\ <script>alert(1)</script>\n'
    outcome = send(ANNA | {"name": name}, ANNA | {"consumer": "ANNA", "name": "Other"})
    assert outcome.accepted == 2
    assert Consumer.objects.get(consumerid="anna").name == name
    assert "elan istanbul" in Consumer.objects.get(consumerid="anna").name_key


def test_names_of_the_longest_search_keys_can_be_stored(send):
    longest = "\ufdfa" * 255  # one character that decomposes into 18
    assert send(ANNA | {"name": longest}, ODOO | {"name": longest}, LINK | {"name": longest}).accepted == 3
    assert len(Consumer.objects.get().name_key.encode()) <= 2_400


class TestHistory:
    def test_every_change_of_status_is_written_down(self, send, connected):
        send(LINK | {"status": "failed", "failure": {"code": "x"}}, LINK | {"status": "pending"})
        send(LINK | {"status": "pending"}, LINK | {"status": "pending", "deleted": True})
        send(LINK | {"status": "failed", "deleted": True}, LINK | {"status": "failed"})
        found = StatusChange.objects.order_by("id").values_list("from_status", "to_status", "failure_code")
        assert list(found) == [
            ("", "active", ""),
            ("active", "failed", "x"),
            ("failed", "pending", ""),
            ("pending", "deleted", ""),
            ("deleted", "failed", ""),
        ]

    def test_it_happened_when_the_record_says(self, send, connected):
        later = NOW + timedelta(days=1)
        send(LINK | {"status": "failed", "changed_at": "2026-03-10T18:00:00Z"}, now=later)
        send(LINK | {"status": "failed", "changed_at": "2026-03-10T19:00:00Z"}, now=later)
        row = connection()
        assert row.status_since == StatusChange.objects.latest("id").at == datetime(2026, 3, 10, 18, tzinfo=UTC)
        assert row.changed_at == datetime(2026, 3, 10, 19, tzinfo=UTC)


class TestOwnership:
    def test_api_keys_and_files_write_as_one(self, send, connected):
        other = make.source(kind="file")
        assert send(ANNA | {"name": "Anne"}, LINK | {"status": "failed"}, by=other).accepted == 2
        assert Consumer.objects.get().owner is None

    def test_what_an_importer_made_belongs_to_it_alone(self, send):
        chift, another = make.source(kind="chift"), make.source(kind="chift")
        send(ODOO, ANNA, LINK, by=chift)
        for intruder in (None, another):
            outcome = send(ODOO, ANNA, LINK, by=intruder)
            assert said(outcome) == [(1, "other_source", "consumer"), (2, "other_source", "connection")]
        assert send(ANNA, LINK, by=chift).accepted == 2

    def test_connectors_belong_to_no_source(self, send):
        send(ODOO, by=make.source(kind="chift"))
        assert send(ODOO | {"name": "Odoo 18"}).accepted == 1

    def test_an_importer_may_change_what_others_made_without_taking_it_over(self, send, connected):
        assert send(ANNA, LINK, by=make.source(kind="chift")).accepted == 2
        assert send(ANNA, LINK).accepted == 2

    def test_other_source_comes_after_unknown(self, send):
        send(ODOO, ANNA, LINK, by=make.source(kind="chift"))
        assert said(send(LINK | {"connector": "x"})) == [(0, "unknown_connector", "connector")]


def test_counts_add_up_to_the_records_sent(send, connected):
    old = {"changed_at": "2020-01-01T00:00:00Z"}
    outcome = send(ANNA, LINK | old, {"type": "no"}, 7, LINK | {"consumer": "x"}, ANNA | {"name": ""})
    assert (outcome.accepted, outcome.stale, outcome.duplicate, outcome.rejected) == (1, 1, 0, 4)
    assert [p.index for p in outcome.problems] == [2, 3, 4, 5]


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(send, django_assert_num_queries):
    def batch(first, size):
        records = [ODOO]
        for number in range(first, first + size):
            who = {"consumer": f"consumer-{number}"}
            records += [ANNA | who, LINK | who | {"connection": f"connection-{number}", "status": "failed"}]
        return records

    send(*batch(0, 3))
    with django_assert_num_queries(13) as three:
        send(*batch(100, 3), *batch(0, 3), LINK | {"consumer": "consumer-1", "connection": "connection-1"})
    with django_assert_num_queries(len(three.captured_queries)):
        send(*batch(1_000, 300), *batch(0, 3), LINK | {"consumer": "consumer-1", "connection": "connection-1"})


def test_a_fault_leaves_nothing_behind(source, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("ingest.batch.save_connections", fail)
    with pytest.raises(RuntimeError):
        feed(ODOO, ANNA, LINK, by=source)
    assert not Consumer.objects.exists()
    assert not UnifiedApi.objects.exists()
