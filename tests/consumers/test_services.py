"""Edit, delete, undo and erase: what the screen does to a consumer, and what the feed can do about it."""

from datetime import UTC, datetime, timedelta

import pytest

from connections import rollup_proof, rollup_services
from connections.models import (
    ActivityEvent,
    Connection,
    ConnectionRollup,
    ErrorEvent,
    RollupDelta,
    StatusChange,
)
from connections.standing import differences
from consumers import services
from consumers.models import Consumer, ErasedConsumer
from dashboard.erasing import erase_due
from dashboard.models import ShareLink
from dashboard.sharing import make_link
from syncs.models import Activation
from tests import make
from tests.feed import feed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ODOO = {"type": "connector", "connector": "odoo", "name": "Odoo", "unified_api": "Accounting"}
ANNA = {"type": "consumer", "consumer": "anna", "name": "Anna"}
BOB = {"type": "consumer", "consumer": "bob", "name": "Bob"}
LINK = {"type": "connection", "connection": "c-1", "consumer": "anna", "connector": "odoo", "status": "active"}
SYNC = {"type": "sync", "sync": "sales", "name": "Sales"}
TRY = {"type": "activation", "sync": "sales", "consumer": "anna", "opened_at": "2026-03-01T00:00:00Z"}


@pytest.fixture
def anna():
    assert feed(ODOO, ANNA, BOB, LINK, SYNC, TRY, now=NOW).accepted == 6
    return Consumer.objects.get(consumerid="anna")


def remove(at=NOW):
    return services.remove_consumer(consumerid="anna", by="lotte", now=at)


def test_edit_writes_what_changed_and_the_search_keys(anna):
    consumer, former = services.edit_consumer(
        consumerid="anna", values={"name": "Élan\n", "email": "", "redirect_url": "https://a.example"}
    )
    assert former == {"name": "Anna", "redirect_url": ""}
    stored = Consumer.objects.get(consumerid="anna")
    assert (
        (stored.name, stored.redirect_url) == (consumer.name, consumer.redirect_url) == ("Élan\n", "https://a.example")
    )
    assert stored.name_key == "elan\n"


def test_edit_of_a_consumer_that_is_gone_is_refused(anna):
    remove()
    with pytest.raises(Consumer.DoesNotExist):
        services.edit_consumer(consumerid="anna", values={"name": "Else"})


def test_delete_takes_all_out_of_the_numbers_and_undo_brings_all_back(anna):
    assert remove().removed_by == "lotte"
    assert remove() is None
    assert not Connection.objects.live().exists()
    assert not Activation.objects.live().exists()
    assert services.restore_consumer(consumerid="anna", now=NOW).is_live
    assert services.restore_consumer(consumerid="anna", now=NOW) is None
    assert Connection.objects.live().exists()
    assert Activation.objects.live().exists()
    assert differences() == []


@pytest.mark.parametrize("deleted", [False, True])
def test_stays_deleted_whatever_the_feed_sends(anna, deleted):
    remove()
    outcome = feed(ANNA | {"name": "Anne", "deleted": deleted}, LINK | {"status": "failed"}, TRY, now=NOW)
    assert outcome.accepted == 3
    anna.refresh_from_db()
    assert (anna.name, anna.is_live, anna.failed_count) == ("Anne", False, 1)
    assert services.restore_consumer(consumerid="anna", now=NOW).is_live is not deleted


def test_undo_ends_after_30_days(anna):
    remove()
    assert services.restore_consumer(consumerid="anna", now=LATER - timedelta(seconds=1))
    remove()
    with pytest.raises(services.TooLateError):
        services.restore_consumer(consumerid="anna", now=LATER)


class TestErase:
    def test_erases_all_that_is_the_consumers_after_30_days(self, anna):
        make_link(consumerid="anna", days=30, by=make.user(), now=NOW)
        feed(LINK | {"connection": "c-2", "consumer": "bob"}, now=NOW)
        remove()
        assert erase_due(now=LATER - timedelta(seconds=1)) == 0
        assert erase_due(now=LATER) == 1
        assert list(Consumer.objects.values_list("consumerid", flat=True)) == ["bob"]
        assert list(Connection.objects.values_list("key", flat=True)) == ["c-2"]
        assert list(StatusChange.objects.values_list("connection__key", flat=True)) == ["c-2"]
        assert not Activation.objects.exists()
        assert not ShareLink.objects.exists()
        assert ErasedConsumer.objects.get().consumerid == "anna"
        assert erase_due(now=LATER) == 0
        assert differences() == []

    def test_erases_events_and_what_was_counted_of_them(self, anna):
        feed(LINK | {"flow": "source", "tracked": True}, now=NOW)
        event = {"connection": "c-1", "occurred_at": NOW.isoformat()}
        outcome = feed(
            {"type": "activity", "id": "1", "kind": "created", **event},
            {"type": "error", "id": "1", "category": "business", "message": "No SKU", **event},
            now=NOW,
        )
        assert outcome.accepted == 2
        rollup_services.drain()
        feed({"type": "error", "id": "2", "category": "technical", "message": "500", **event}, now=NOW)
        remove()
        assert erase_due(now=LATER) == 1
        for rows in (ActivityEvent, ErrorEvent, ConnectionRollup, RollupDelta):
            assert not rows.objects.exists()
        assert rollup_proof.differences() == []

    def test_what_the_feed_deleted_is_kept(self, anna):
        feed(ANNA | {"deleted": True}, now=NOW)
        assert erase_due(now=LATER) == 0
        assert Connection.objects.exists()

    def test_goes_in_bounded_chunks(self, anna, monkeypatch):
        monkeypatch.setattr("dashboard.erasing._ROWS", 2)
        feed(*[LINK | {"connection": f"d-{number}"} for number in range(5)], now=NOW)
        remove()
        assert erase_due(now=LATER) == 1
        assert not Connection.objects.exists()

    def test_later_records_of_it_are_stale(self, anna):
        remove()
        erase_due(now=LATER)
        outcome = feed(ANNA, LINK, LINK | {"connection": "new"}, TRY, BOB, now=LATER)
        assert (outcome.stale, outcome.accepted, outcome.rejected) == (4, 1, 0)
        assert not Connection.objects.exists()
        assert not Consumer.objects.filter(consumerid="anna").exists()

    def test_a_stale_record_still_has_to_name_what_is_there(self, anna):
        remove()
        erase_due(now=LATER)
        outcome = feed(LINK | {"connector": "no"}, TRY | {"sync": "no"}, now=LATER)
        assert [problem.code for problem in outcome.problems] == ["unknown_connector", "unknown_sync"]

    def test_a_run_that_was_killed_is_finished_by_the_next_and_no_record_comes_between(self, anna):
        remove()
        services.begin_erasing(most=10, now=LATER)
        assert feed(ANNA, LINK, TRY, LINK | {"consumer": "bob"}, now=LATER).stale == 3
        assert erase_due(now=LATER) == 1
        assert Connection.objects.get().consumer.consumerid == "bob"
        assert differences() == []


class TestLinksDie:
    def state(self):
        return ShareLink.objects.get().revoked_at is not None

    def test_for_good_when_deleted_on_the_screen(self, anna):
        make_link(consumerid="anna", days=1, by=make.user(), now=NOW)
        remove()
        services.restore_consumer(consumerid="anna", now=NOW)
        assert self.state()

    def test_for_good_when_deleted_by_the_feed(self, anna):
        make_link(consumerid="anna", days=1, by=make.user(), now=NOW)
        feed(BOB | {"deleted": True}, ANNA | {"name": "Other"}, LINK | {"deleted": True}, now=NOW)
        assert not self.state()
        feed(ANNA | {"deleted": True}, now=NOW)
        feed(ANNA, now=NOW)
        assert self.state()

    def test_none_is_made_for_a_consumer_that_is_gone(self, anna):
        remove()
        with pytest.raises(Consumer.DoesNotExist):
            make_link(consumerid="anna", days=1, by=make.user(), now=NOW)
