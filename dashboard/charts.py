"""The geometry of charts that the server draws: where each part begins and how wide it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from connections.models import Status
from dashboard.kpis import Counts

# In percent of the width. The longest bar leaves room for parts that are drawn wider than they are.
_FULL = 100.0
_LONGEST = 96.0
_LEAST = 1.8  # so that one connection is visible beside thousands
_PATTERN_FROM = 3.2  # narrower, a pattern is only noise

_PATTERNS = {Status.PENDING.value, Status.FAILED.value}


@dataclass(frozen=True)
class Piece:
    """What one part of a bar is made of: its colour, what it counts in words, how many, and their list."""

    status: str
    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Part:
    """One part of a bar; places and widths are percentages, ready for an attribute."""

    status: str
    label: str
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


def exact_share(part: int, whole: int) -> str:
    """Write a part of a whole in percent with one decimal, under the same rules."""
    if not whole:
        return "–"
    tenths = round(1000 * part / whole)
    if 0 < part < whole:
        tenths = min(999, max(1, tenths))
    return f"{tenths / 10:g} %"


def bar(counts: Counts, urls: dict[str, str], *, most: int) -> tuple[Part, ...]:
    """Stack the statuses that occur, on a scale that ends at `most`, each wide enough to be seen."""
    return stacked(_pieces(counts, urls), most=most)


def whole_bar(counts: Counts, urls: dict[str, str]) -> tuple[Part, ...]:
    """Stack the statuses that occur over the full width: a bar that stands alone."""
    pieces = _pieces(counts, urls)
    widths = _widths(pieces, counts.total)
    stretch = _FULL / sum(widths) if widths else 0
    return _placed(pieces, [width * stretch for width in widths])


def stacked(pieces: Iterable[Piece], *, most: int) -> tuple[Part, ...]:
    """Stack what occurs, on a scale that ends at `most`, each part wide enough to be seen."""
    found = [piece for piece in pieces if piece.count]
    return _placed(found, _widths(found, most))


def _pieces(counts: Counts, urls: dict[str, str]) -> list[Piece]:
    return [
        Piece(status.value, status.value, counts.of(status), urls[status]) for status in Status if counts.of(status)
    ]


def _widths(pieces: list[Piece], most: int) -> list[float]:
    return [max(_LEAST, _LONGEST * piece.count / most) for piece in pieces]


def _placed(pieces: list[Piece], widths: list[float]) -> tuple[Part, ...]:
    starts = accumulate(widths, initial=0.0)
    places = zip(pieces, widths, starts, strict=False)  # the last start is the end of the bar
    return tuple(_part(piece, x, width) for piece, width, x in places)


def _part(piece: Piece, x: float, width: float) -> Part:
    has_pattern = piece.status in _PATTERNS and width >= _PATTERN_FROM
    fill = f"url(#p-{piece.status})" if has_pattern else ""
    return Part(piece.status, piece.label, piece.count, piece.url, f"{x:.2f}%", f"{width:.2f}%", fill, is_first=x == 0)
