"""How far a customer is with a sync, in the words of somebody who runs a shop and not of somebody who runs software."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from common.rules import optional_url_problem
from connections.models import Connection, Status
from dashboard import plain
from dashboard.plain import Told
from syncs.models import Activation, ActivationStatus, MappingState, Requirement, SyncIssue

_STATES = {
    MappingState.COMPLETE: ("active", "Done"),
    MappingState.INCOMPLETE: ("partial", "Missing"),
    MappingState.SKIPPED: ("nothing", "Left out"),
}

# What to say in one sentence, by issue, while it is not active and while it is.
_WAITING = {
    SyncIssue.CONNECTION_FAILED: "It can not start yet: one of your connections needs you.",
    SyncIssue.NO_CONNECTION: "It can not start yet: some of your software is still to be connected.",
    SyncIssue.MAPPING_INCOMPLETE: "Your software is connected. Some of your data is still to be matched.",
    SyncIssue.CONFIGURATION_INCOMPLETE: "Almost there: only the settings are still to be finished.",
    SyncIssue.SYNC_DISABLED: "Everything is ready, but it is switched off.",
}
_RUNNING = {
    SyncIssue.CONNECTION_FAILED: "It is switched on, but one of your connections needs you.",
    SyncIssue.NO_CONNECTION: "It is switched on, but some of your software is not connected any more.",
    SyncIssue.MAPPING_INCOMPLETE: "It is switched on, but some of your data is not matched any more.",
}
_WELL = "It is switched on and works; there is nothing for you to do."


@dataclass(frozen=True)
class Line:
    """One thing that a step needs: software or a mapping."""

    name: str
    status: str
    word: str
    about: str = ""


@dataclass(frozen=True)
class ToldStep:
    """One step as the customer reads of it; `word` says how far it is, `is_current` that it is the one to do now."""

    title: str
    status: str
    word: str
    lines: list[Line]
    is_current: bool = False


@dataclass(frozen=True)
class ToldSync:
    """The whole of it: a sentence, what needs the customer, the steps, and the platform's page if there is one."""

    sentence: str
    is_well: bool
    failed: tuple[Told, ...]
    steps: tuple[ToldStep, ...]
    url: str


@dataclass(frozen=True)
class _Slot:
    """A slot with the connections that stand in it: the active ones, or else all."""

    name: str
    connections: tuple[Told, ...]

    @property
    def is_filled(self) -> bool:
        return any(one.row.status == Status.ACTIVE for one in self.connections)


def tell(
    row: Activation,
    slots: Iterable[Requirement],
    connections: Iterable[Connection],
    *,
    company: str,
    support: str,
    has_page: bool = False,
) -> ToldSync:
    """Put an activation, with its sync, the slots that count and its customer's connections, into plain words."""
    told = [plain.tell(one, company=company, support=support, has_page=has_page) for one in connections]
    found = [_slot(slot, told) for slot in slots]
    failed = {one.row.pk: one for slot in found if not slot.is_filled for one in slot.connections if _is_failed(one)}
    return ToldSync(
        sentence=_sentence(row),
        is_well=not row.issue,
        failed=tuple(failed.values()),
        steps=_steps(row, found),
        url="" if optional_url_problem(row.activate_url) else row.activate_url,
    )


def _is_failed(one: Told) -> bool:
    return one.row.status == Status.FAILED


def _sentence(row: Activation) -> str:
    if not row.issue:
        return _WELL
    return (_RUNNING if row.status == ActivationStatus.ACTIVE else _WAITING)[SyncIssue(row.issue)]


def _slot(slot: Requirement, told: list[Told]) -> _Slot:
    standing = [one for one in told if _stands_in(slot, one.row)]
    active = [one for one in standing if one.row.status == Status.ACTIVE]
    return _Slot(str(slot), tuple(active or standing))


def _stands_in(slot: Requirement, row: Connection) -> bool:
    if slot.connector_id is not None:
        return row.connector_id == slot.connector_id
    return row.connector.unified_api_id == slot.unified_api_id


def _steps(row: Activation, slots: list[_Slot]) -> tuple[ToldStep, ...]:
    is_off = row.status == ActivationStatus.DISABLED
    steps = (
        _step("Connect your software", _software(slots), is_done=all(slot.is_filled for slot in slots)),
        _step("Match your data", _mappings(row), is_done=not row.incomplete_mappings),
        _step("Finish the settings", [], is_done=row.is_configured),
        ToldStep("Switched on", "disabled", "Switched off", [])
        if is_off
        else _step("Switched on", [], is_done=row.status == ActivationStatus.ACTIVE),
    )
    current = next((step for step in steps if step.status != "active"), None)
    return tuple(replace(step, is_current=True) if step is current else step for step in steps)


def _step(title: str, lines: list[Line], *, is_done: bool) -> ToldStep:
    if any(line.status == "failed" for line in lines):
        return ToldStep(title, "failed", "Needs you", lines)
    return ToldStep(title, "active", "Done", lines) if is_done else ToldStep(title, "partial", "To do", lines)


def _software(slots: list[_Slot]) -> list[Line]:
    return [line for slot in slots for line in _slot_lines(slot)]


def _slot_lines(slot: _Slot) -> list[Line]:
    if not slot.connections:
        return [Line(slot.name, "nothing", "Not connected yet")]
    return [
        Line(one.name, one.row.status, one.word, slot.name if slot.name != one.name else "") for one in slot.connections
    ]


def _mappings(row: Activation) -> list[Line]:
    states = {name: row.mappings.get(name, MappingState.INCOMPLETE) for name in row.sync.mappings}
    return [Line(name, *_STATES[MappingState(state)]) for name, state in states.items() if state in _STATES]
