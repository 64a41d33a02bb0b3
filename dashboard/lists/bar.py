"""The filter bar and the chips above a list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import escape
from django.utils.safestring import SafeString

from dashboard.lists.cells import joined
from dashboard.lists.filters import ListFilters

_CHIP_LENGTH = 60


@dataclass(frozen=True)
class Option:
    """One value that a filter offers; `count` is None where there is none to show."""

    value: str
    label: str
    is_chosen: bool
    count: int | None = None
    group: str = ""


@dataclass(frozen=True)
class Choices:
    """One button of the filter bar with what it offers: options to tick, or two days."""

    name: str
    label: str
    options: Sequence[Option] = ()
    days: Mapping[str, str] = field(default_factory=dict)  # parameter → what stands in it

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that it sets."""
        return tuple(self.days) or (self.name,)

    @property
    def chosen(self) -> list[str]:
        """The labels of what is set."""
        if not self.days:
            return [option.label for option in self.options if option.is_chosen]
        first, last = self.days.values()
        return [" – ".join((first or "…", last or "…"))] if first or last else []

    @property
    def ticks(self) -> SafeString:
        """The options, escaped; there can be hundreds of connectors, so no template is asked for each."""
        return joined([_tick(self.name, option) for option in self.options])

    @property
    def is_long(self) -> bool:
        """Whether it needs an inner scroll bar."""
        return len(self.options) > 12  # noqa: PLR2004 (rows that fit on a small screen)


def _tick(name: str, option: Option) -> str:
    count = "" if option.count is None else f'<span class="n">{option.count:,}</span>'
    checked = " checked" if option.is_chosen else ""
    value = escape(option.value)
    return (
        f'<label class="tick"><input class="check" type="checkbox" name="{name}" value="{value}"{checked}>'
        f"<span><bdi>{escape(option.label)}</bdi></span>{count}</label>"
    )


@dataclass(frozen=True)
class Chip:
    """One filter that is set: its label, its values in words, the query string without it."""

    label: str
    text: str
    query: str


def options(
    filters: ListFilters,
    name: str,
    offered: Iterable[tuple[str, str]],
    *,
    counts: Mapping[str, int] | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[Option]:
    """Return the values that a filter offers, and those that were asked for though nothing has them."""
    asked = list(map(str, filters.values(name)))
    known = dict(offered)
    found = known | {value: value for value in asked if value not in known}
    return [
        Option(
            value=value,
            label=label,
            is_chosen=value in asked,
            count=None if counts is None else counts.get(value, 0),
            group=(groups or {}).get(value, ""),
        )
        for value, label in found.items()
    ]


def days(filters: ListFilters, label: str, first: str, last: str) -> Choices:
    """Return a filter of two days."""
    given = {name: next((value.isoformat() for value in filters.values(name)), "") for name in (first, last)}
    return Choices(name=first, label=label, days=given)


def chips(filters: ListFilters, choices: Iterable[Choices], **texts: str) -> list[Chip]:
    """Return a chip for each filter that is set. `texts` are the labels of parameters without choices: q, consumer."""
    found = [
        Chip(label, _words([f"“{value}”" for value in filters.values(name)]), filters.query(without=[name]))
        for name, label in texts.items()
        if filters.values(name)
    ]
    chosen = [choice for choice in choices if choice.chosen]
    return found + [Chip(one.label, _words(one.chosen), filters.query(without=one.parameters)) for one in chosen]


def _words(values: list[str]) -> str:
    cut = [value if len(value) <= _CHIP_LENGTH else f"{value[:_CHIP_LENGTH]}…" for value in values]
    return ", ".join(cut)
