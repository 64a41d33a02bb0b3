"""The numbers of syncs, for pages and API alike.

They come from the counter table that a trigger keeps, so their cost does not grow with the installation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby
from operator import itemgetter

from django.db.models import QuerySet

from syncs.models import ActivationStatus, Step, Sync, SyncIssue

_Count = tuple[str | None, str | None, str | None, int | None]  # step, status, issue, count; a sync may have none


@dataclass(frozen=True)
class SyncTotals:
    """The activations of all syncs; `active_with_issue` are a part of `active`."""

    attempts: int = 0
    active: int = 0
    active_with_issue: int = 0

    def __add__(self, other: SyncTotals) -> SyncTotals:
        return SyncTotals(
            self.attempts + other.attempts,
            self.active + other.active,
            self.active_with_issue + other.active_with_issue,
        )


@dataclass(frozen=True)
class StepNumbers:
    """One step: how many activations came at least to it, how many stand at it and are not active, and why."""

    step: Step
    reached: int
    stuck: int
    issues: Mapping[SyncIssue, int]


@dataclass(frozen=True)
class SyncNumbers:
    """Where the activations of one sync stand; `active_issues` are those of active ones."""

    key: str
    name: str
    active: int
    active_issues: Mapping[SyncIssue, int]
    stuck_issues: Mapping[Step, Mapping[SyncIssue, int]]

    @cached_property
    def attempts(self) -> int:
        """All activations: those that stand at a step, and the active ones."""
        return self.active + sum(sum(issues.values()) for issues in self.stuck_issues.values())

    @cached_property
    def active_with_issue(self) -> int:
        """How many are active although something they rest on is not as it was."""
        return sum(self.active_issues.values())

    @property
    def activation_rate(self) -> float | None:
        """Which part of the attempts is active, 0 … 1; None without attempts."""
        return self.active / self.attempts if self.attempts else None

    @cached_property
    def steps(self) -> tuple[StepNumbers, ...]:
        """The steps in their order; who stands at one has reached all before it."""
        stuck = [sum(self.stuck_issues[step].values()) for step in Step]
        reached = reversed(list(accumulate(reversed(stuck), initial=self.active))[1:])
        return tuple(
            StepNumbers(step, came, stand, self.stuck_issues[step])
            for step, came, stand in zip(Step, reached, stuck, strict=True)
        )


def any_sync() -> bool:
    """Whether a sync exists; while none does, nothing of syncs is shown."""
    return Sync.objects.live().exists()


def totals(syncs: Iterable[SyncNumbers]) -> SyncTotals:
    """Add up several syncs."""
    return sum((SyncTotals(sync.attempts, sync.active, sync.active_with_issue) for sync in syncs), SyncTotals())


def all_syncs() -> tuple[SyncNumbers, ...]:
    """Read the numbers of every sync, by name, in one query."""
    return _numbers(Sync.objects.live())


def one_sync(key: str) -> SyncNumbers | None:
    """Read the numbers of one sync, in one query; None when there is none of that key."""
    found = _numbers(Sync.objects.live().filter(key=key))
    return found[0] if found else None


def _numbers(syncs: QuerySet[Sync]) -> tuple[SyncNumbers, ...]:
    counts = ("counts__step", "counts__status", "counts__issue", "counts__count")
    rows = syncs.order_by("name_key", "id").values_list("key", "name", *counts)
    return tuple(_sync(key, name, [row[2:] for row in group]) for (key, name), group in groupby(rows, itemgetter(0, 1)))


def _sync(key: str, name: str, counts: list[_Count]) -> SyncNumbers:
    active = [count for count in counts if count[1] == ActivationStatus.ACTIVE]
    stuck = [count for count in counts if count[1] != ActivationStatus.ACTIVE]
    return SyncNumbers(
        key=key,
        name=name,
        active=sum(count for *_, count in active),
        active_issues=_by_issue(active),
        stuck_issues={step: _by_issue([row for row in stuck if row[0] == step]) for step in Step},
    )


def _by_issue(counts: Iterable[_Count]) -> dict[SyncIssue, int]:
    """Add up per issue, in the order in which they are judged; what occurs nowhere is left out."""
    sums = Counter[str]()
    for _, _, issue, count in counts:
        sums[issue] += count or 0
    return {issue: sums[issue] for issue in SyncIssue if sums[issue]}
