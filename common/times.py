"""Times as people read them, in the viewer's zone; safe for every time that the database can hold."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FULL_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_STEPS = ((60, 1, "s"), (3_600, 60, "min"), (86_400, 3_600, "h"), (14 * 86_400, 86_400, "days"))


def local(at: datetime) -> datetime:
    """Return a time in the viewer's zone; at both ends of the calendar, where that overflows, as it came."""
    try:
        return timezone.localtime(at)
    except OverflowError:
        return at


def iso(at: datetime) -> str:
    """Return a time in UTC as programs read it: 2026-11-02T09:21:00Z."""
    try:
        utc = at.astimezone(UTC)
    except OverflowError:
        return at.isoformat()
    return utc.isoformat().replace("+00:00", "Z")


def day(at: datetime, now: datetime) -> str:
    """Return a local date: 2 Nov, with the year when it is not this one."""
    there = local(at)
    short = f"{there.day} {_MONTHS[there.month - 1]}"
    return short if there.year == local(now).year else f"{short} {there.year}"


def long_day(at: datetime, now: datetime) -> str:
    """Return a local date in full: 2 November, with the year when it is not this one."""
    there = local(at)
    full = f"{there.day} {_FULL_MONTHS[there.month - 1]}"
    return full if there.year == local(now).year else f"{full} {there.year}"


def minute(at: datetime, now: datetime) -> str:
    """Return a local date and time: 2 Nov, 10:21."""
    return f"{day(at, now)}, {local(at):%H:%M}"


def exact(at: datetime) -> str:
    """Return a local date and time to the second with its zone: 2 Nov 2026, 10:21:07, Europe/Brussels."""
    there = local(at)
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}, {there:%H:%M:%S}, {zone_name()}"


def clock(at: datetime) -> str:
    """Return a local time of day: 14:32:07."""
    return f"{local(at):%H:%M:%S}"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago that was: 38 s ago, 4 min ago, 3 days ago; after two weeks, the date."""
    seconds = max(0, int((now - at).total_seconds()))
    for most, length, unit in _STEPS:
        if seconds < most:
            count = seconds // length
            return f"{count} {'day' if unit == 'days' and count == 1 else unit} ago"
    return day(at, now)


def span(length: timedelta) -> str:
    """Return how long that is, in its largest unit: 45 s, 12 min, 3 h, 1 day, 40 days."""
    seconds = max(0, int(length.total_seconds()))
    for most, unit_seconds, unit in _STEPS[:-1]:
        if seconds < most:
            return f"{seconds // unit_seconds} {unit}"
    days = seconds // 86_400
    return f"{days:,} {'day' if days == 1 else 'days'}"


def zone_name() -> str:
    """Return the name of the viewer's zone."""
    return str(timezone.get_current_timezone())  # its own name: Django's function says "-05" for Etc/GMT+5
