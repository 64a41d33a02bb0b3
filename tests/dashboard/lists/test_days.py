"""created_from and created_to are local days of the viewer, both included, in every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import make
from tests.dashboard.lists import world

pytestmark = pytest.mark.django_db

ZONES = ["UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"]
# Days on which clocks change; midnight itself is left out in Beirut and comes twice on the Azores.
CHANGES = [
    ("Europe/Brussels", "2026-03-29"),
    ("Europe/Brussels", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Asia/Beirut", "2026-03-29"),
    ("Atlantic/Azores", "2026-10-25"),
]


def around(day, zone):
    """Moments at both ends of a local day, and a microsecond before and after."""
    place = ZoneInfo(zone)
    first = datetime.fromisoformat(day)
    edges = [(first + timedelta(days=days)).replace(tzinfo=place).astimezone(UTC) for days in (0, 1)]
    return [edge + timedelta(microseconds=by) for edge in edges for by in (-1, 0, 1)]


@pytest.mark.parametrize(("zone", "day"), [*((zone, "2026-02-10") for zone in ZONES), *CHANGES])
def test_days_are_those_of_the_viewer(as_viewer, viewer, zone, day):
    viewer.time_zone = zone
    viewer.save()
    for at in around(day, zone):
        make.consumer(created_at=at)
    rows = world.read()
    for filters in ({"created_from": [day]}, {"created_to": [day]}, {"created_from": [day], "created_to": [day]}):
        expected = world.consumers(rows, filters, "created_at", zone)
        assert 0 < len(expected) < 6
        query = {**filters, "sort": "created_at"}
        assert world.shown(as_viewer, "/consumers/", query) == (expected, len(expected))
        assert [row["consumerid"] for row in world.answered(as_viewer, "/api/v1/consumers", query)] == expected
        assert [row["consumerid"] for row in world.downloaded(as_viewer, "/consumers/export.csv", query)] == expected


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(as_viewer, viewer, day):
    viewer.time_zone = "Pacific/Kiritimati" if day.startswith("0") else "Pacific/Pago_Pago"
    viewer.save()
    make.consumer()
    for name in ("created_from", "created_to"):
        answer = as_viewer.get("/api/v1/consumers", {name: day})
        assert answer.status_code == 200
        assert len(answer.json()["results"]) == (day.startswith("0") == (name == "created_from"))
