"""Timing in pairs: numerator and denominator in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection as db

ROUNDS = 5
# Of figures that vary much: they wait for the disk in every commit.
MANY_ROUNDS = 11

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of the rounds' ratios, the least and the greatest, and what it means."""

    name: str
    ratio: float
    least: float
    greatest: float
    goal: str
    note: str = ""

    def __str__(self) -> str:
        spread = f"{self.least:.3g}–{self.greatest:.3g}"
        return f"{self.name} {self.ratio:.3g}  ({spread}; goal {self.goal}){'  ' + self.note if self.note else ''}"


def seconds(work: Work) -> float:
    """Return how long work takes, in seconds of the wall clock."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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
    yield
    with db.cursor() as cursor:
        cursor.execute("; ".join(definition for _, definition in triggers))


def figure(name: str, ratios: Sequence[float], *, goal: str, note: str = "") -> Figure:
    """Sum the rounds' ratios up."""
    return Figure(name, statistics.median(ratios), min(ratios), max(ratios), goal, note)


def quantile95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
