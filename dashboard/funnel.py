"""The funnel of one sync: its steps with their numbers, their links and the falling shape, ready to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard import issues, links
from dashboard.charts import share
from dashboard.sync_kpis import StepNumbers, SyncNumbers
from syncs.models import Step, SyncIssue

# The drawing of one step: as wide as its column, so many pixels high; the shape of all attempts leaves a rim on top.
_HEIGHT = 104.0
_FULL = 89.4


@dataclass(frozen=True)
class Why:
    """One issue of a step: its sign, its words, how many, and their list."""

    issue: SyncIssue
    status: str
    count: int
    url: str

    @property
    def label(self) -> str:
        """The issue in words."""
        return str(self.issue.label)


@dataclass(frozen=True)
class Band:
    """The shape of one step: paths of the tall drawing, and widths in percent of the flat one."""

    reached: str
    went_on: str
    edge: str
    reached_width: str
    went_on_width: str


@dataclass(frozen=True)
class Column:
    """One step."""

    step: Step
    number: int
    reached: int
    reached_url: str
    share: str
    stuck: int
    stuck_url: str
    whys: tuple[Why, ...]
    band: Band


@dataclass(frozen=True)
class Active:
    """The active ones, of which some have an issue."""

    count: int
    url: str
    with_issue: int
    with_issue_url: str
    whys: tuple[Why, ...]


@dataclass(frozen=True)
class Funnel:
    """All steps, and the sum that proves them."""

    columns: tuple[Column, ...]
    active: Active
    attempts: int
    attempts_url: str

    @property
    def sum(self) -> str:
        """How the numbers add up: 17 + 12 + 9 + 0."""
        return " + ".join(f"{column.stuck:,}" for column in self.columns)


def funnel(sync: SyncNumbers) -> Funnel:
    """Draw the steps of a sync."""
    went_on = [*(step.reached for step in sync.steps[1:]), sync.active]
    steps = enumerate(zip(sync.steps, went_on, strict=True), start=1)
    return Funnel(
        columns=tuple(_column(sync, number, step, onward) for number, (step, onward) in steps),
        active=active(sync),
        attempts=sync.attempts,
        attempts_url=links.activations(sync=sync.key),
    )


def active(sync: SyncNumbers) -> Active:
    """Return the active ones of a sync."""
    return Active(
        count=sync.active,
        url=links.activations(sync=sync.key, status="active"),
        with_issue=sync.active_with_issue,
        with_issue_url=links.activations(sync=sync.key, status="active", with_issue="true"),
        whys=_whys(sync.active_issues, sync=sync.key, status="active"),
    )


def _column(sync: SyncNumbers, number: int, step: StepNumbers, onward: int) -> Column:
    # Who stands at the last step was switched off; the active ones are at that step too.
    standing = {"status": "disabled"} if step.step == Step.ACTIVE else {}
    filters = {"sync": sync.key, "step": step.step.value, **standing}
    return Column(
        step=step.step,
        number=number,
        reached=step.reached,
        reached_url=links.activations(sync=sync.key, reached=step.step.value),
        share=share(step.reached, sync.attempts),
        stuck=step.stuck,
        stuck_url=links.activations(**filters),
        whys=_whys(step.issues, **filters),
        band=_band(step.reached, onward, sync.attempts),
    )


def _whys(counts: Mapping[SyncIssue, int], **filters: str) -> tuple[Why, ...]:
    return tuple(
        Why(issue, issues.SYNC_MEANINGS[issue].status, count, links.activations(**filters, issue=issue.value))
        for issue, count in counts.items()
    )


def _band(reached: int, onward: int, attempts: int) -> Band:
    before, after = (_HEIGHT - _FULL * count / attempts if attempts else _HEIGHT for count in (reached, onward))
    floor = f"{_HEIGHT:g}"
    return Band(
        reached=f"M0 {before:.1f}L46 {before:.1f}C72 {before:.1f} 74 {after:.1f} 100 {after:.1f}V{floor}H0z",
        went_on=f"M0 {after:.1f}H100V{floor}H0z",
        edge=f"M0 {before:.1f}H1.4V{floor}H0z",
        reached_width=_width(reached, attempts),
        went_on_width=_width(onward, attempts),
    )


def _width(count: int, attempts: int) -> str:
    return f"{100 * count / attempts:.2f}%" if attempts else "0%"
