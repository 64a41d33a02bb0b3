"""Days and windows: the one place that turns a zone and a day into instants.

A window is seven local calendar days, half-open at both ends. Charts, totals, cards and lists all take their window
from `last_seven_days`, so no two of them can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DAYS = 7
# Every zone in use is a multiple of this from UTC, so buckets of this width never lie across a local midnight.
BUCKET = timedelta(minutes=15)


class WindowError(ValueError):
    """The zone or the last day of a window can not be used; the text says why, `field` which of the two."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Window:
    """Seven local days. `edges` are the eight instants (UTC) between which they lie, the last one exclusive."""

    zone: str
    days: tuple[date, ...]
    edges: tuple[datetime, ...]
    today: date

    @property
    def starts_at(self) -> datetime:
        """The first instant of the first day, UTC."""
        return self.edges[0]

    @property
    def ends_at(self) -> datetime:
        """The first instant after the last day, UTC."""
        return self.edges[-1]

    @property
    def is_current(self) -> bool:
        """Whether the last day is today, and so still unfinished."""
        return self.days[-1] == self.today

    def before(self) -> Window | None:
        """The seven days before these; None where the calendar does not go back that far."""
        try:
            return _window(ZoneInfo(self.zone), self.days[0] - timedelta(days=1), self.today)
        except OverflowError:
            return None


def last_seven_days(*, zone: str, now: datetime, end: date | None = None) -> Window:
    """Return the window that ends with the local day `end` (default: today) of the zone. WindowError: see there."""
    if zone not in zone_names():
        raise WindowError("tz", f"{zone[:80]!r} is no time zone; use a name such as Europe/Paris")
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    if end is not None and end > today:
        raise WindowError("end", f"{end.isoformat()} is in the future: today is {today.isoformat()} in {zone}")
    try:
        return _window(place, end or today, today)
    except OverflowError:
        raise WindowError("end", "there are no seven days before that day") from None


# Names that a machine gives to a zone of its own choice, or to none.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones; finding them means reading hundreds of files, so it is done once."""
    return frozenset(available_timezones() - _NO_ZONES)


def read_day(text: str) -> date:
    """Read a day such as 2020-03-30. WindowError: it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WindowError("end", f"{text[:80]!r} is no day; write it as 2020-03-30") from None
    if text != day.isoformat():
        raise WindowError("end", f"{text[:80]!r} is no day; write it as 2020-03-30")
    return day


def read_window(query: Mapping[str, str], *, zone: str, now: datetime) -> Window:
    """Read the window that an address asks for by `tz` (default: zone) and `end` (default: today). WindowError."""
    end = read_day(query["end"]) if query.get("end") else None
    return last_seven_days(zone=query.get("tz") or zone, now=now, end=end)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, UTC.

    Where midnight does not exist (clocks go forward over it) that is the moment they do; where it comes twice, the
    first. Python gives both for fold 0.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def bucket_of(moment: datetime) -> datetime:
    """Return the start of the bucket in which a moment lies, UTC."""
    seconds = int(BUCKET.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def _window(zone: ZoneInfo, end: date, today: date) -> Window:
    days = tuple(end - timedelta(days=back) for back in reversed(range(DAYS)))
    edges = (*(start_of_day(day, zone) for day in days), start_of_day(end + timedelta(days=1), zone))
    return Window(zone=zone.key, days=days, edges=edges, today=today)
