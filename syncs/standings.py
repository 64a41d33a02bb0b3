"""What an activation can have at once: its step, status and issue rest on each other.

It follows from syncs/judging.py and from the generated columns of the model, and only spares lists to look where
nothing can be; a test compares it with what is judged.
"""

from collections.abc import Collection
from typing import NamedTuple

from syncs.models import ActivationStatus, Step, SyncIssue


class Standing(NamedTuple):
    """One of the twelve."""

    step: str
    status: str
    issue: str


_EARLY = (
    (Step.CONNECTIONS, SyncIssue.CONNECTION_FAILED),
    (Step.CONNECTIONS, SyncIssue.NO_CONNECTION),
    (Step.MAPPINGS, SyncIssue.MAPPING_INCOMPLETE),
)
STANDINGS = (
    Standing(Step.ACTIVE, ActivationStatus.ACTIVE, ""),
    *(Standing(Step.ACTIVE, ActivationStatus.ACTIVE, issue) for _, issue in _EARLY),
    *(Standing(step, ActivationStatus.DISABLED, issue) for step, issue in _EARLY),
    *(Standing(step, ActivationStatus.INCOMPLETE, issue) for step, issue in _EARLY),
    Standing(Step.CONFIGURATION, ActivationStatus.INCOMPLETE, SyncIssue.CONFIGURATION_INCOMPLETE),
    Standing(Step.ACTIVE, ActivationStatus.DISABLED, SyncIssue.SYNC_DISABLED),
)


def possible(allowed: Collection[tuple[str, Collection[str]]]) -> list[Standing]:
    """Return what is possible when columns have these values; a column may be named several times."""
    return [one for one in STANDINGS if all(getattr(one, column) in values for column, values in allowed)]
