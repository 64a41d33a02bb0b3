"""The charts of flows as pages show them: words, total, change, columns and the table behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from common.windows import DAYS, Window
from dashboard import columns
from dashboard.columns import Chart, Layer
from dashboard.flows import Flows, Series
from dashboard.reasons import ENTITIES, Reason

TALL = 168
LOW = 132


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: the series, its sum, and the list of exactly those (may be empty)."""

    name: str
    label: str
    total: int
    is_patterned: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart. `mark` is its data-chart; `reason` stands in its place when there is nothing to draw."""

    mark: str
    title: str
    total: int
    change: str
    trend: str
    label: str
    chart: Chart
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    legend: tuple[Key, ...] = ()
    reason: Reason | None = None

    def because(self, reason: Reason | None) -> Figure:
        """Return the figure with the reason why it is empty; one that has something to show stays as it is."""
        return replace(self, reason=reason) if reason and (reason.is_final or not self.total) else self


def created(flows: Flows, window: Window, *, height: int = LOW) -> Figure:
    """Draw what sources created."""
    return _figure("created", "Created", [(_layer("in", f"{ENTITIES} created"), flows.created)], window, height)


def updated(flows: Flows, window: Window, *, height: int = LOW) -> Figure:
    """Draw what sources updated."""
    return _figure("updated", "Updated", [(_layer("in", f"{ENTITIES} updated"), flows.updated)], window, height)


def sent(flows: Flows, window: Window, *, height: int = TALL) -> Figure:
    """Draw what was sent to destinations."""
    return _figure("sent", "Sent", [(_layer("out", f"{ENTITIES} sent"), flows.sent)], window, height)


def errors(flows: Flows, window: Window, *, height: int = TALL, urls: dict[str, str] | None = None) -> Figure:
    """Draw business errors with technical ones above them; `urls` lead from the legend to each."""
    parts = [
        (_layer("business", "business errors"), flows.business),
        (_layer("technical", "technical errors"), flows.technical),
    ]
    figure = _figure("errors", "Errors", parts, window, height)
    return replace(figure, legend=tuple(_key(layer, series, urls or {}) for layer, series in parts))


def _layer(name: str, label: str) -> Layer:
    return Layer(name, label, (), is_patterned=name == "technical")


def _key(layer: Layer, series: Series, urls: dict[str, str]) -> Key:
    return Key(layer.name, layer.name.capitalize(), series.total, layer.is_patterned, urls.get(layer.name, ""))


def _figure(mark: str, title: str, parts: Sequence[tuple[Layer, Series]], window: Window, height: int) -> Figure:
    whole = sum((series for _, series in parts), Series(before=0))
    sums = ", ".join(f"{series.total:,} {layer.label}" for layer, series in parts)
    return Figure(
        mark=mark,
        title=title,
        total=whole.total,
        change=change(whole, is_current=window.is_current),
        trend=_trend(whole),
        label=f"{title} per day: {sums} in 7 days",
        chart=columns.chart([replace(layer, daily=series.daily) for layer, series in parts], window, height=height),
        headings=tuple(layer.name.capitalize() for layer, _ in parts) if len(parts) > 1 else (title,),
        rows=tuple(
            (columns.day_label(window, place), tuple(series.daily[place] for _, series in parts))
            for place in range(DAYS)
        ),
    )


def change(series: Series, *, is_current: bool) -> str:
    """Say how the total stands against the seven days before; empty where they are not known or both are nothing."""
    if series.before is None or not (series.total or series.before):
        return ""
    if not series.before:
        return "none in the 7 days before"
    percent = round(100 * abs(series.total - series.before) / series.before)
    if not percent:
        return f"about as many as in the 7 days before ({series.before:,})"
    word = "more" if series.total > series.before else "less"
    return f"{percent:,} % {word}{' so far' if is_current else ''} than in the 7 days before ({series.before:,})"


def _trend(series: Series) -> str:
    """Name the icon that goes with the change."""
    if not series.before or abs(series.total - series.before) < series.before / 200:
        return ""
    return "trending-up" if series.total > series.before else "trending-down"
