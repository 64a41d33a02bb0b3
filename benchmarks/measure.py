"""Timing in pairs: numerator and denominator in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import attrgetter
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


@contextmanager
def without_triggers(table: str) -> Iterator[None]:
    """Take the triggers off a table for a while. It is not enough to disable them: rows are still collected for them.

    What is measured after it with triggers is to be warmed up first, as their functions are planned anew.
    """
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        triggers = cursor.fetchall()
        cursor.execute("; ".join(f"DROP TRIGGER {name} ON {table}" for name, _ in triggers))
    try:
        yield
    finally:
        with db.cursor() as cursor:
            cursor.execute("; ".join(definition for _, definition in triggers))


def figure(name: str, ratios: Sequence[float], *, goal: str, note: str = "") -> Figure:
    """Sum the rounds' ratios up."""
    return Figure(name, statistics.median(ratios), min(ratios), max(ratios), goal, note)


def worst(figures: Sequence[Figure]) -> Figure:
    """Return the worst of figures that measure one thing in several ways: the greatest."""
    return max(figures, key=attrgetter("ratio"))


def joined(figures: Sequence[Figure]) -> Figure:
    """Return the first figure with the others in its note."""
    first, *others = figures
    return replace(first, note=" | ".join([first.note, *(f"{one.text} {one.note}" for one in others)]))


def quantile95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
