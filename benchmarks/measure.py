"""Timing in pairs: numerator and denominator in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection as db

ROUNDS = 5

Work = Callable[[], object]


class SqlClock:
    """Adds up what the database takes, round trips included, over all statements of a piece of work."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:  # noqa: ANN401 (Django's)
        """Time one statement, as Django's `execute_wrapper` asks for it."""
        began = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of the rounds' ratios, the least and the greatest, and what it means."""

    name: str
    ratio: float
    least: float
    greatest: float
    goal: str
    note: str = ""

    @property
    def text(self) -> str:
        """The ratio with its rounds and its goal."""
        return f"{self.ratio:.3g}  ({self.least:.3g}–{self.greatest:.3g}; goal {self.goal})"

    def __str__(self) -> str:
        return f"{self.name} {self.text}{'  ' + self.note if self.note else ''}"


def seconds(work: Work) -> float:
    """Return how long work takes, in seconds of the wall clock."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def sql_seconds(work: Work) -> float:
    """Return how long the statements of some work take, in seconds."""
    clock = SqlClock()
    with db.execute_wrapper(clock):
        work()
    return clock.seconds


def paired(numerator: Work, denominator: Work, *, rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Time both in turn, once unmeasured and then that many rounds; return the seconds of each."""
    numerator()
    denominator()
    above: list[float] = []
    below: list[float] = []
    for _ in range(rounds):
        above.append(seconds(numerator))
        below.append(seconds(denominator))
    return above, below


def figure(name: str, ratios: Sequence[float], *, goal: str, note: str = "") -> Figure:
    """Sum the rounds' ratios up."""
    return Figure(name, statistics.median(ratios), min(ratios), max(ratios), goal, note)


def worst(figures: Sequence[Figure], *, is_least: bool = False) -> Figure:
    """Return the worst of figures that measure one thing in several ways: the greatest; `is_least`: the least."""
    return (min if is_least else max)(figures, key=lambda one: one.ratio)


def joined(figures: Sequence[Figure]) -> Figure:
    """Return the first figure with the others in its note."""
    first, *others = figures
    return replace(first, note=" | ".join([first.note, *(f"{one.text} {one.note}" for one in others)]))


def quantile95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
