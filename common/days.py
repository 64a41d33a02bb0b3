"""Calendar days in words; which days they are is decided in common/windows.py."""

from datetime import date

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def short(day: date) -> str:
    """Write a day for the foot of a column: Mon 16."""
    return f"{_DAYS[day.weekday()][:3]} {day.day}"


def long(day: date) -> str:
    """Write a day for a heading: Monday 16 November."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def span(first: date, last: date) -> str:
    """Write from when to when, naming month and year once: Monday 16 to Sunday 22 November 2026."""
    start = f"{_DAYS[first.weekday()]} {first.day}"
    if first.year != last.year:
        start = f"{long(first)} {first.year}"
    elif first.month != last.month:
        start = long(first)
    return f"{start} to {long(last)} {last.year}"
