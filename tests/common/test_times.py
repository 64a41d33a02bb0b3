from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from common import times

NOW = datetime(2026, 11, 2, 13, 32, 7, tzinfo=UTC)
ENDS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@pytest.fixture(autouse=True)
def in_brussels():
    with timezone.override(ZoneInfo("Europe/Brussels")):
        yield


def test_minute_is_local_and_names_another_year():
    assert times.minute(NOW, NOW) == "2 Nov, 14:32"
    assert times.minute(NOW - timedelta(days=365), NOW) == "2 Nov 2025, 14:32"


def test_year_is_that_of_the_viewer():
    midnight = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert times.day(midnight, NOW) == "1 Jan 2027"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s ago"),
        (38, "38 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (3_600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 day ago"),
        (13 * 86_400, "13 days ago"),
        (14 * 86_400, "19 Oct"),
    ],
)
def test_ago_uses_the_largest_fitting_unit(seconds, words):
    assert times.ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_iso_is_utc():
    assert times.iso(NOW.astimezone(ZoneInfo("Asia/Kathmandu"))) == "2026-11-02T13:32:07Z"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Europe/Brussels"])
@pytest.mark.parametrize("at", ENDS, ids=["year 1", "year 9999"])
def test_ends_of_the_calendar_never_fail(zone, at):
    with timezone.override(ZoneInfo(zone)):
        for words in (times.minute, times.day, times.ago):
            assert words(at, NOW)
        assert times.iso(at)
        assert times.exact(at)
        assert times.clock(at)
