"""What the filters of consumers imply about each other: a consumer stands in one of five states.

Filters go together in ways that no statistics know: whoever has a failed connection has the issue "connection failed",
whoever is active and failing has two connections. Said aloud, impossible mixes cost nothing and scans begin late.
"""

from collections.abc import Collection
from dataclasses import dataclass

from connections.models import Status
from consumers.models import ConnectionIssue

_NONE = ""


@dataclass(frozen=True)
class State:
    """One of the five: the statuses that it must have, and those that it may have."""

    is_active: bool
    issue: str
    must: frozenset[Status]
    may: frozenset[Status]


_A, _P, _F = Status.ACTIVE, Status.PENDING, Status.FAILED
STATES = (
    State(is_active=True, issue=_NONE, must=frozenset({_A}), may=frozenset({_A, _P})),
    State(
        is_active=True, issue=ConnectionIssue.CONNECTION_FAILED, must=frozenset({_A, _F}), may=frozenset({_A, _P, _F})
    ),
    State(is_active=False, issue=ConnectionIssue.CONNECTION_FAILED, must=frozenset({_F}), may=frozenset({_P, _F})),
    State(is_active=False, issue=ConnectionIssue.CONNECTION_PENDING, must=frozenset({_P}), may=frozenset({_P})),
    State(is_active=False, issue=ConnectionIssue.NOTHING, must=frozenset(), may=frozenset()),
)


@dataclass(frozen=True)
class Implied:
    """The states that are left, and how few connections a consumer in one of them can have."""

    states: tuple[State, ...]
    fewest: int

    @property
    def issues(self) -> list[str]:
        """The issues that are left, sorted."""
        return sorted({state.issue for state in self.states})


def implied(*, active: Collection[bool], issues: Collection[str], connected: Collection[Status] | None) -> Implied:
    """Return what filters imply.

    No value of one: it is not set. `connected` are the statuses of which a connection is asked for, None when none is.
    """
    left = [
        state for state in STATES if (not active or state.is_active in active) and (not issues or state.issue in issues)
    ]
    if connected is None:
        return Implied(tuple(left), min((len(state.must) for state in left), default=0))
    pairs = [(state, len(state.must | {status})) for state in left for status in state.may & set(connected)]
    return Implied(tuple(dict.fromkeys(state for state, _ in pairs)), min((count for _, count in pairs), default=0))
