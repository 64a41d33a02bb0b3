"""The controls of Monitoring: the switch, the filters with their chips, the weeks; each an address or a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from common.windows import DAYS, Window
from connections.events import Category
from dashboard.monitoring import ALL, FILTERS, Asked


@dataclass(frozen=True, slots=True)
class State:
    """One way of the switch between business, technical and all errors."""

    name: str
    label: str
    total: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, and how many of the newest errors have it."""

    value: str
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of the bar."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    is_on: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """What is set, and the address without it."""

    label: str
    value: str
    url: str


def address(asked: Asked) -> str:
    """Return the query string that asks for exactly this."""
    return _address(asked, kept(asked))


def kept(asked: Asked) -> dict[str, str]:
    """Return what a form must hand on besides its own fields: window and category, where they are not the usual."""
    return _end(asked.window, asked.window.days[-1]) | _rest(asked)


def without_filters(asked: Asked) -> str:
    """Return the address of the same window and category without search and filters."""
    return address(Asked(window=asked.window, category=asked.category))


def states(asked: Asked, totals: Mapping[str, int]) -> tuple[State, ...]:
    """Return the three ways of the switch, with what each would show."""
    labels = {Category.BUSINESS.value: "Business", Category.TECHNICAL.value: "Technical", ALL: "All"}
    return tuple(
        State(name, label, totals.get(name, 0), address(replace(asked, category=name)), name == asked.category)
        for name, label in labels.items()
    )


def filters(asked: Asked, choices: Mapping[str, Sequence[tuple[str, int]]]) -> tuple[Filter, ...]:
    """Return the filters that have anything to choose."""
    return tuple(
        Filter(
            name=name,
            label=FILTERS[name][1],
            choices=tuple(Choice(value, count, value in asked.values.get(name, ())) for value, count in offered),
            is_on=name in asked.values,
        )
        for name, offered in choices.items()
        if offered
    )


def chips(asked: Asked) -> tuple[Chip, ...]:
    """Return what is set, each with the address without it."""
    search = (Chip("Search", asked.q, address(replace(asked, q=""))),) if asked.q else ()
    return search + tuple(
        Chip(
            FILTERS[name][1],
            ", ".join(chosen),
            address(replace(asked, values={key: value for key, value in asked.values.items() if key != name})),
        )
        for name, chosen in asked.values.items()
    )


def steps(asked: Asked) -> dict[str, str]:
    """Return the addresses of the weeks around, with the same filters; empty where there is none."""
    window, before = asked.window, asked.window.before()
    after = min(window.days[-1] + timedelta(days=DAYS), window.today)
    weeks = {"earlier": before.days[-1] if before else None}
    if not window.is_current:
        weeks |= {"later": after, "present": window.today}
    return {name: _address(asked, _end(window, end) | _rest(asked)) for name, end in weeks.items() if end}


def _address(asked: Asked, parameters: Mapping[str, str]) -> str:
    pairs = list(parameters.items())
    pairs += [("q", asked.q)] if asked.q else []
    pairs += [(name, value) for name, chosen in asked.values.items() for value in chosen]
    return f"?{urlencode(pairs)}"


def _end(window: Window, end: date) -> dict[str, str]:
    return {} if end == window.today else {"end": end.isoformat()}


def _rest(asked: Asked) -> dict[str, str]:
    parameters = {"tz": asked.window.zone} if asked.window.zone != str(timezone.get_current_timezone()) else {}
    return parameters | ({"category": asked.category} if asked.category != Category.BUSINESS else {})
