"""Flow and tracked, as operators set them: one connection or thousands, in the same number of statements."""

import pytest
from django.utils import timezone

from connections.models import Connection
from connections.services import NotTrackableError, set_flow_and_tracked
from tests import make

pytestmark = pytest.mark.django_db


def set_both(*rows, flow=None, tracked=None):
    return set_flow_and_tracked(connection_ids=[row.pk for row in rows], flow=flow, tracked=tracked, now=timezone.now())


@pytest.mark.parametrize(
    ("stored", "asked", "after"),
    [
        (("other", False), ("source", True), ("source", True)),
        (("other", False), ("destination", None), ("destination", False)),
        (("source", True), ("other", None), ("other", False)),
        (("source", True), ("other", False), ("other", False)),
        (("source", True), (None, False), ("source", False)),
        (("source", False), (None, True), ("source", True)),
        (("source", True), ("destination", None), ("destination", True)),
    ],
)
def test_sets_flow_and_tracked(stored, asked, after):
    row = make.connection(flow=stored[0], is_tracked=stored[1])
    other = make.connection(flow="source", is_tracked=True)
    changed_at = row.changed_at
    assert set_both(row, flow=asked[0], tracked=asked[1]) == 1
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.flow, row.is_tracked, row.changed_at) == (*after, changed_at)
    assert (other.flow, other.is_tracked) == ("source", True)


def test_what_stays_the_same_is_no_change():
    row = make.connection(flow="source", is_tracked=True)
    assert set_both(row, flow="source", tracked=True) == 0
    assert set_both(row) == 0


@pytest.mark.parametrize(("flow", "words"), [("other", "can not be tracked"), (None, "2 connections have the flow")])
def test_other_can_not_be_tracked_and_then_nothing_changes(flow, words):
    rows = [make.connection(), make.connection(), make.connection(flow="source")]
    with pytest.raises(NotTrackableError, match=words):
        set_both(*rows, flow=flow, tracked=True)
    assert not Connection.objects.filter(is_tracked=True).exists()


def test_thousands_cost_as_many_statements_as_one(django_assert_num_queries):
    rows = [make.connection(flow="source")]
    with django_assert_num_queries(5) as one:
        set_both(*rows, tracked=True)
    connector = rows[0].connector
    rows += [make.connection(flow="source", connector=connector) for _ in range(50)]
    with django_assert_num_queries(len(one.captured_queries)):
        assert set_both(*rows, tracked=True) == 50
