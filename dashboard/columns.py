"""The geometry of column charts, one column a day: x in percent, y in pixels, so that text keeps its size.

Templates draw it (components/columns.html, components/spark.html) with attributes only, no styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common import days
from common.windows import DAYS, Window

# In percent of the width.
_SLOT = 100 / DAYS
_BAR = 54 / 100 * _SLOT
_SPARK_BAR = 12.6
# In pixels.
_TOP = 20  # room for the value over the highest column
_FOOT = 24  # room for the days
_LEAST = 2  # so that one is visible beside thousands
_GAP = 1.5  # between the parts of a column
_OVER = 7  # a value over its column
_SPARK = 18
_SPARK_LEAST = 1.5

_UNITS = ((10**12, "T"), (10**9, "bn"), (10**6, "M"), (10**3, "k"))
_SHORTENED_FROM = 9_999.5


@dataclass(frozen=True, slots=True)
class Layer:
    """One series of a chart; `name` goes with its colour (in, out, business, technical) and, where set, its pattern."""

    name: str
    label: str
    daily: Sequence[int]
    is_patterned: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a column, ready for attributes. `is_open`: its day is not over."""

    name: str
    fill: str
    title: str
    x: str
    width: str
    y: str
    height: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One day: its parts from the base up, and the value over them."""

    label: str
    middle: str
    blocks: tuple[Block, ...]
    value: str
    value_y: str
    is_zero: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A column chart."""

    height: int
    base: str
    foot: str
    columns: tuple[Column, ...]


def chart(layers: Sequence[Layer], window: Window, *, height: int) -> Chart:
    """Draw layers upon each other, the first at the base, on a scale from zero to the highest day."""
    base = height - _FOOT
    most = max(sum(layer.daily[place] for layer in layers) for place in range(DAYS))
    scale = (base - _TOP) / most if most else 0.0
    columns = tuple(_column(layers, window, place, base, scale) for place in range(DAYS))
    return Chart(height, f"{base + 0.5}", f"{height - 7}", columns)


def day_label(window: Window, place: int) -> str:
    """Name a day of a window: Mon 16, or Today."""
    day = window.days[place]
    return "Today" if day == window.today else days.short(day)


def short_number(number: int) -> str:
    """Write a number so that it fits over a column: 9,421, 12.9k, 3.4M."""
    if number < _SHORTENED_FROM:
        return f"{number:,}"
    size, unit = next((size, unit) for size, unit in _UNITS if number >= size * 0.99995)
    return f"{number / size:.1f}{unit}"


def _column(layers: Sequence[Layer], window: Window, place: int, base: int, scale: float) -> Column:
    label, is_today = day_label(window, place), window.days[place] == window.today
    x, top = _SLOT * place + (_SLOT - _BAR) / 2, float(base)
    blocks: list[Block] = []
    for layer in layers:
        count = layer.daily[place]
        if count:
            height = max(float(_LEAST), count * scale)
            top -= height if not blocks else height + _GAP
            title = f"{label}: {count:,} {layer.label}"
            fill = f"url(#p-{layer.name})" if layer.is_patterned else ""
            blocks.append(
                Block(layer.name, fill, title, f"{x:.2f}%", f"{_BAR:.2f}%", f"{top:.1f}", f"{height:.1f}", is_today)
            )
    count = sum(layer.daily[place] for layer in layers)
    return Column(
        label=label,
        middle=f"{_SLOT * (place + 0.5):.2f}%",
        blocks=tuple(blocks),
        value=short_number(count),
        value_y=f"{top - _OVER:.1f}",
        is_zero=not count,
        is_today=is_today,
    )


def spark(daily: Sequence[int], window: Window, *, most: int) -> tuple[Block, ...]:
    """Draw the small columns of a tile, on a scale that ends at `most`: the same for all tiles that are compared."""
    return tuple(_spark_block(count, window, place, most) for place, count in enumerate(daily))


def _spark_block(count: int, window: Window, place: int, most: int) -> Block:
    height = max(_SPARK_LEAST, _SPARK * count / most) if most else _SPARK_LEAST
    return Block(
        name="business" if count else "",
        fill="",
        title="",
        x=f"{_SLOT * place:.2f}%",
        width=f"{_SPARK_BAR}%",
        y=f"{_SPARK - height:.1f}",
        height=f"{height:.1f}",
        is_open=window.days[place] == window.today,
    )
