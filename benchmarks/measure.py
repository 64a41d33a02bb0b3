"""Timing in pairs: numerator and denominator in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 5

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


def figure(name: str, ratios: Sequence[float], *, goal: str, note: str = "") -> Figure:
    """Sum the rounds' ratios up."""
    return Figure(name, statistics.median(ratios), min(ratios), max(ratios), goal, note)


def quantile95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]
