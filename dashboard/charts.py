"""The geometry of charts that the server draws: where each part begins and how wide it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from connections.models import Status
from dashboard.kpis import Counts

# In percent of the width. The longest bar leaves room for parts that are drawn wider than they are.
_FULL = 100.0
_LONGEST = 96.0
_LEAST = 1.8  # so that one connection is visible beside thousands
_PATTERN_FROM = 3.2  # narrower, a pattern is only noise


@dataclass(frozen=True)
class Part:
    """One part of a bar; places and widths are percentages, ready for an attribute."""

    status: str
    count: int
    url: str
    x: str
    width: str
    fill: str  # a pattern, or empty: the plain colour of the status
    is_first: bool


@dataclass(frozen=True)
class Cell:
    """One linked number of a bar table, and its share of the whole (a dash when there is nothing)."""

    status: str
    count: int
    url: str
    share: str


@dataclass(frozen=True)
class Row:
    """One row of a bar table: a name with its page, its bar, its numbers."""

    name: str
    url: str
    note: str
    parts: tuple[Part, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Entry:
    """What a row is made of: a name, its page, a word beside it, its counts and the filter of its links."""

    name: str
    url: str
    counts: Counts
    urls: dict[str, str]
    note: str = ""


def scale(entries: Sequence[Entry]) -> int:
    """Return the count that the longest bar stands for: one scale for all bars that are compared."""
    return max((entry.counts.total for entry in entries), default=0)


def rows(entries: Sequence[Entry], *, most: int) -> tuple[Row, ...]:
    """Draw the rows of a bar table on a scale that ends at `most`."""
    return tuple(_row(entry, most) for entry in entries)


def _row(entry: Entry, most: int) -> Row:
    parts = bar(entry.counts, entry.urls, most=most)
    return Row(entry.name, entry.url, entry.note, parts, cells(entry.counts, entry.urls))


def cells(counts: Counts, urls: dict[str, str]) -> tuple[Cell, ...]:
    """Return the number of each status with its link."""
    return tuple(
        Cell(status, counts.of(status), urls[status], share(counts.of(status), counts.total)) for status in Status
    )


def share(part: int, whole: int) -> str:
    """Write a part of a whole in percent: never 0 % of something, never 100 % of less than all."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    if 0 < part < whole:
        percent = min(99, max(1, percent))
    return f"{percent} %"


def bar(counts: Counts, urls: dict[str, str], *, most: int) -> tuple[Part, ...]:
    """Stack the statuses that occur, on a scale that ends at `most`, each wide enough to be seen."""
    return _placed(_widths(counts, most), counts, urls)


def whole_bar(counts: Counts, urls: dict[str, str]) -> tuple[Part, ...]:
    """Stack the statuses that occur over the full width: a bar that stands alone."""
    widths = _widths(counts, counts.total)
    stretch = _FULL / sum(widths.values()) if widths else 0
    return _placed({status: width * stretch for status, width in widths.items()}, counts, urls)


def _widths(counts: Counts, most: int) -> dict[Status, float]:
    found = {status: counts.of(status) for status in Status if counts.of(status)}
    return {status: max(_LEAST, _LONGEST * count / most) for status, count in found.items()}


def _placed(widths: dict[Status, float], counts: Counts, urls: dict[str, str]) -> tuple[Part, ...]:
    starts = accumulate(widths.values(), initial=0.0)
    places = zip(widths.items(), starts, strict=False)  # the last start is the end of the bar
    return tuple(_part(status, counts.of(status), urls[status], x, width) for (status, width), x in places)


def _part(status: Status, count: int, url: str, x: float, width: float) -> Part:
    has_pattern = status != Status.ACTIVE and width >= _PATTERN_FROM
    fill = f"url(#p-{status})" if has_pattern else ""
    return Part(status, count, url, f"{x:.2f}%", f"{width:.2f}%", fill, is_first=x == 0)
