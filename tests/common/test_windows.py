"""Seven local days in every kind of zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.windows import DAYS, WindowError, bucket_of, last_seven_days, read_day, start_of_day, zone_names

# Zones in which a day begins or ends in an odd way somewhere in these years.
YEARS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2037, 12, 25, tzinfo=UTC))


def window(zone, now, end=None):
    return last_seven_days(zone=zone, now=datetime.fromisoformat(now), end=end and date.fromisoformat(end))


def lengths(found):
    return [(after - before) / timedelta(hours=1) for before, after in zip(found.edges, found.edges[1:], strict=False)]


@pytest.mark.parametrize(
    ("zone", "now", "starts_at", "ends_at"),
    [
        ("UTC", "2026-03-10T12:00+00:00", "2026-03-04T00:00+00:00", "2026-03-11T00:00+00:00"),
        ("Asia/Tokyo", "2026-03-10T15:00+00:00", "2026-03-04T15:00+00:00", "2026-03-11T15:00+00:00"),
        ("Asia/Tokyo", "2026-03-10T14:59:59+00:00", "2026-03-03T15:00+00:00", "2026-03-10T15:00+00:00"),
        ("Asia/Kolkata", "2026-03-10T12:00+00:00", "2026-03-03T18:30+00:00", "2026-03-10T18:30+00:00"),
        ("Asia/Kathmandu", "2026-03-10T12:00+00:00", "2026-03-03T18:15+00:00", "2026-03-10T18:15+00:00"),
        ("Pacific/Chatham", "2026-06-10T12:00+00:00", "2026-06-04T11:15+00:00", "2026-06-11T11:15+00:00"),
        ("Pacific/Kiritimati", "2026-03-10T12:00+00:00", "2026-03-04T10:00+00:00", "2026-03-11T10:00+00:00"),
        ("Pacific/Pago_Pago", "2026-03-10T12:00+00:00", "2026-03-04T11:00+00:00", "2026-03-11T11:00+00:00"),
        ("Pacific/Pago_Pago", "2026-03-10T10:59:59+00:00", "2026-03-03T11:00+00:00", "2026-03-10T11:00+00:00"),
    ],
)
def test_window_lies_between_local_midnights(zone, now, starts_at, ends_at):
    found = window(zone, now)
    assert (found.starts_at, found.ends_at) == (datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at))
    assert len(found.days) == DAYS
    assert found.is_current
    assert found.days[-1] == datetime.fromisoformat(now).astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("zone", "end", "place", "hours"),
    [
        ("Europe/Paris", "2026-03-31", 4, 23),
        ("Europe/Paris", "2026-10-27", 4, 25),
        ("America/New_York", "2026-03-10", 4, 23),
        ("America/New_York", "2026-11-03", 4, 25),
        ("Pacific/Chatham", "2026-04-07", 4, 25),
        ("Pacific/Chatham", "2026-09-29", 4, 23),
        ("Australia/Lord_Howe", "2026-10-06", 4, 23.5),
        ("Africa/Cairo", "2026-04-26", 4, 23),  # no midnight: 23:59:59 is followed by 01:00
        ("America/Santiago", "2026-09-08", 4, 23),  # no midnight
        ("Asia/Beirut", "2026-03-31", 4, 23),  # no midnight
        ("America/Havana", "2026-11-03", 4, 25),  # midnight comes twice
        ("America/Havana", "2026-03-10", 4, 23),  # no midnight
    ],
)
def test_days_of_a_change_of_clocks_are_longer_or_shorter(zone, end, place, hours):
    found = window(zone, "2027-06-01T12:00+00:00", end)
    expected = [24.0] * DAYS
    expected[place] = hours
    assert lengths(found) == expected


def test_tokyo_never_changes_its_clocks():
    for end in ("2026-03-31", "2026-10-27"):
        assert lengths(window("Asia/Tokyo", "2027-01-01T00:00+00:00", end)) == [24.0] * DAYS


def test_a_day_that_a_country_left_out_is_empty():
    # Samoa went from the 29th to the 31st of December 2011.
    found = window("Pacific/Apia", "2012-06-01T00:00+00:00", "2012-01-02")
    assert lengths(found) == [24.0, 24.0, 24.0, 0.0, 24.0, 24.0, 24.0]
    assert found.days[3] == date(2011, 12, 30)


def test_midnight_exactly_begins_the_new_day():
    assert window("Europe/Paris", "2026-03-09T23:00+00:00").days[-1] == date(2026, 3, 10)
    assert window("Europe/Paris", "2026-03-09T22:59:59.999999+00:00").days[-1] == date(2026, 3, 9)


@given(
    zone=st.sampled_from(sorted(zone_names())),
    now=st.datetimes(*(edge.replace(tzinfo=None) for edge in YEARS)).map(lambda at: at.replace(tzinfo=UTC)),
)
def test_every_moment_lies_in_the_day_that_a_clock_on_the_wall_shows(zone, now):
    found = last_seven_days(zone=zone, now=now)
    there = now.astimezone(ZoneInfo(zone))
    assert found.edges == tuple(sorted(found.edges))
    assert there.date() == found.days[-1]
    assert found.edges[-2] <= now < found.edges[-1]


@given(
    zone=st.sampled_from(sorted(zone_names())),
    day=st.dates(date(2015, 1, 1), date(2037, 12, 25)),
)
def test_buckets_never_lie_across_the_edge_of_a_day(zone, day):
    found = last_seven_days(zone=zone, now=YEARS[1], end=day)
    assert all(bucket_of(edge) == edge for edge in found.edges)
    assert found.edges == tuple(sorted(found.edges))


def test_the_days_before_end_where_the_window_begins():
    found = window("Europe/Paris", "2026-04-02T12:00+00:00")
    before = found.before()
    assert before.ends_at == found.starts_at
    assert before.days == tuple(day - timedelta(days=DAYS) for day in found.days)
    assert not before.is_current


def test_the_first_week_of_the_calendar_has_none_before_it():
    found = window("UTC", "2026-03-10T12:00+00:00", "0001-01-07")
    assert found.days[0] == date(1, 1, 1)
    assert found.before() is None


@pytest.mark.parametrize(("zone", "end"), [("UTC", "0001-01-06"), ("Asia/Tokyo", "0001-01-07")])
def test_before_the_calendar_there_are_no_days(zone, end):
    with pytest.raises(WindowError, match="no seven days") as caught:
        window(zone, "2026-03-10T12:00+00:00", end)
    assert caught.value.field == "end"


def test_the_future_has_no_window_but_tomorrow_may_be_today_elsewhere():
    with pytest.raises(WindowError, match="future") as caught:
        window("UTC", "2026-03-10T12:00+00:00", "2026-03-11")
    assert caught.value.field == "end"
    assert window("Pacific/Kiritimati", "2026-03-10T12:00+00:00", "2026-03-11").is_current


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "europe/paris", "../../etc/passwd", "UTC\x00", "x" * 500])
def test_unknown_zones_are_refused_by_name(zone):
    with pytest.raises(WindowError, match="no time zone") as caught:
        last_seven_days(zone=zone, now=YEARS[0])
    assert caught.value.field == "tz"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-2-3",
        "20260203",
        "2026-02-30",
        "2026-W10-1",
        "10/03/2026",
        "today",
        " 2026-03-10",
    ],
)
def test_days_are_read_in_one_form_only(text):
    with pytest.raises(WindowError, match="is no day"):
        read_day(text)
    assert read_day("2020-03-30") == date(2020, 3, 30)


def test_start_of_a_day_is_its_first_moment_also_where_midnight_comes_twice():
    first = start_of_day(date(2026, 11, 1), ZoneInfo("America/Havana"))
    assert first == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert (first - timedelta(microseconds=1)).astimezone(ZoneInfo("America/Havana")).date() == date(2026, 10, 31)
