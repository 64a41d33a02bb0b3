"""Data flows: what came in, what went out, what went wrong in seven days, and who has the errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from common.middleware import request_now
from common.snapshots import one_snapshot
from common.windows import DAYS, Window, WindowError, last_seven_days, read_day
from connections.models import Connection, Flow
from dashboard import cards, figures, flows, links, pickers, reasons
from dashboard.cards import Card, Tracked
from dashboard.columns import Block, spark
from dashboard.figures import Figure
from dashboard.flows import Flows, Freshness
from dashboard.pickers import Found, Option
from dashboard.reasons import Reason

_BLOCKS = {"source": Flow.SOURCE.value, "destination": Flow.DESTINATION.value, "errors": ""}
_LONGEST_NUMBER = 6
_KEPT = ("source", "destination", "errors", "end", "find")


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address chose, read but not yet looked up."""

    keys: dict[str, str]
    searches: dict[str, str]
    end: date | None
    find: str
    page: int
    kept: dict[str, str]
    complaint: str


@dataclass(frozen=True, slots=True)
class Picker:
    """The choice of one connection of a block. `options` is None where there are too many for a list."""

    name: str
    label: str
    every: str
    key: str
    chosen: str
    options: tuple[Option, ...] | None
    found: Found | None
    hidden: tuple[tuple[str, str], ...]
    without: str


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the page: its picker and its charts."""

    picker: Picker
    figures: tuple[Figure, ...]
    monitoring: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One card as it is drawn."""

    card: Card
    url: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tiles:
    """The cards of one page of them."""

    tiles: tuple[Tile, ...]
    scope: str
    earlier: str
    later: str
    is_searchable: bool


@dataclass(frozen=True, slots=True)
class FlowsPage:
    """Everything that the page says, from one snapshot."""

    window: Window
    freshness: Freshness
    parts: dict[str, Part]
    tiles: Tiles
    nothing: Reason | None


@require_safe
def flows_page(request: HttpRequest) -> HttpResponse:
    """Show the data flows."""
    now = request_now(request)
    choice, window = read_choice(request.GET, now=now)
    with one_snapshot():
        page = read_page(
            choice, window, now=now, is_operator=isinstance(request.user, User) and request.user.is_operator
        )
    context = {
        "now": now,
        "page": page,
        "choice": choice,
        "steps": _steps(choice, window),
        "hidden": tuple((name, value) for name, value in choice.kept.items() if name != "find"),
    }
    return render(request, "dashboard/flows.html", context)


def read_choice(query: QueryDict, *, now: datetime) -> tuple[Choice, Window]:
    """Read what the address asks for; a last day that can not be used leaves a complaint and the present window."""
    zone, end, complaint = str(timezone.get_current_timezone()), None, ""
    given = {name: str(query.get(name) or "") for name in (*_KEPT, *(f"{name}_find" for name in _BLOCKS), "page")}
    window = last_seven_days(zone=zone, now=now)
    try:
        if given["end"]:
            end = read_day(given["end"])
            window = last_seven_days(zone=zone, now=now, end=end)
    except WindowError as error:
        complaint, end, given["end"] = str(error), None, ""
    choice = Choice(
        keys={name: given[name] for name in _BLOCKS if given[name]},
        searches={name: given[f"{name}_find"].strip() for name in _BLOCKS},
        end=end,
        find=given["find"].strip(),
        page=_page_number(given["page"]),
        kept={name: given[name] for name in _KEPT if given[name]},
        complaint=complaint,
    )
    return choice, window


def _page_number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return max(1, int(text)) if is_number else 1


# --- reading ----------------------------------------------------------------------------------------------------------


def read_page(choice: Choice, window: Window, *, now: datetime, is_operator: bool = False) -> FlowsPage:
    """Read everything that the page says; inside one snapshot it all belongs together."""
    tracked = cards.tracked()
    chosen = _chosen(choice)
    block = partial(
        _Block,
        choice=choice,
        window=window,
        now=now,
        freshness=flows.freshness(now=now),
        tracked=tracked,
        options=pickers.options(_listed_flows(tracked)),
        chosen=chosen,
        everything=flows.of_all(window),
        of_chosen=flows.of_connections([row.pk for row in chosen.values()], window),
        is_operator=is_operator,
    )
    blocks = {name: block(name) for name in _BLOCKS}
    nothing = None if tracked.total else blocks["errors"].shown(reasons.nothing_connected(""))
    return FlowsPage(
        window=window,
        freshness=blocks["source"].freshness,
        parts={name: block.part() for name, block in blocks.items()},
        tiles=_tiles(choice, window, tracked),
        nothing=nothing,
    )


def _listed_flows(tracked: Tracked) -> list[str]:
    """Return the flows of which a list offers all connections; of the others there are too many."""
    counts = {Flow.SOURCE.value: tracked.sources, Flow.DESTINATION.value: tracked.destinations}
    return [flow for flow, count in counts.items() if count <= pickers.MOST_OPTIONS]


def _chosen(choice: Choice) -> dict[str, Connection]:
    """Look up the chosen connections by key, whatever they are. One query."""
    keys = {key for key in choice.keys.values() if "\x00" not in key}
    rows = Connection.objects.filter(key__in=keys).select_related("consumer", "connector")
    return {row.key: row for row in rows}


@dataclass(frozen=True)
class _Block:
    """Makes one block of the page from what was read for all of them."""

    name: str
    choice: Choice
    window: Window
    now: datetime
    freshness: Freshness
    tracked: Tracked
    options: list[Option]
    chosen: dict[str, Connection]
    everything: Flows
    of_chosen: dict[int, Flows]
    is_operator: bool

    @property
    def flow(self) -> str:
        return _BLOCKS[self.name]

    @property
    def key(self) -> str:
        return self.choice.keys.get(self.name, "")

    @property
    def connection(self) -> Connection | None:
        return self.chosen.get(self.key)

    def part(self) -> Part:
        reason = self._final_reason()
        drawn = tuple(figure.because(reason or self._zeros(figure)) for figure in self._figures())
        counts = self.connection is not None and not (reason and reason.is_final)
        return Part(self._picker(), drawn, links.errors(self.key) if counts else "")

    def shown(self, reason: Reason) -> Reason:
        return reason if self.is_operator else reason.for_viewer()

    def _final_reason(self) -> Reason | None:
        """Return why nothing can be counted here, whatever happened."""
        reason = None
        if self.key:
            reason = reasons.why_not(self.connection, self.flow) if self.connection else reasons.unknown(self.key)
        elif not self._count:
            reason = reasons.nothing_connected(self.flow)
        return self.shown(reason) if reason else None

    def _zeros(self, figure: Figure) -> Reason:
        what = "errors" if figure.mark == "errors" else f"{reasons.ENTITIES} {figure.mark}"
        return reasons.of_zeros(what, self.window, self.freshness, now=self.now)

    def _figures(self) -> tuple[Figure, ...]:
        sums = self.everything
        if self.key:
            sums = self.of_chosen[self.connection.pk] if self.connection else Flows()
        if self.name == "source":
            return figures.created(sums, self.window), figures.updated(sums, self.window)
        if self.name == "destination":
            return (figures.sent(sums, self.window),)
        return (figures.errors(sums, self.window, urls=self._error_urls()),)

    def _error_urls(self) -> dict[str, str]:
        if not self.connection:
            return {}
        end = {"end": self.choice.end.isoformat()} if self.choice.end else {}
        return {name: links.errors(self.key, category=name, **end) for name in ("business", "technical")}

    @property
    def _count(self) -> int:
        if not self.flow:
            return self.tracked.total
        return self.tracked.sources if self.flow == Flow.SOURCE else self.tracked.destinations

    def _picker(self) -> Picker:
        words = {"source": "sources", "destination": "destinations", "errors": "connections"}[self.name]
        text = self.choice.searches[self.name]
        others = {name: value for name, value in self.choice.kept.items() if name != self.name}
        return Picker(
            name=self.name,
            label={"errors": "Connection"}.get(self.name, self.name.capitalize()),
            every=f"All {words} ({capped(self._count)})",
            key=self.key,
            chosen=pickers.label_of(self.connection) if self.connection else self.key,
            options=self._options(),
            found=pickers.find(text, self.flow) if text else None,
            hidden=tuple(others.items()),
            without=f"?{urlencode(others)}",
        )

    def _options(self) -> tuple[Option, ...] | None:
        """Return what the list offers, with the chosen one even when it does not belong there."""
        if self._count > pickers.MOST_OPTIONS:
            return None
        offered = pickers.distinct([option for option in self.options if option.flow == self.flow or not self.flow])
        if self.key and self.key not in {option.key for option in offered}:
            label = pickers.label_of(self.connection) if self.connection else self.key
            offered.insert(0, Option(self.key, self.flow, label, "", ("", "", 0)))
        return tuple(offered)


# --- cards ------------------------------------------------------------------------------------------------------------


def _tiles(choice: Choice, window: Window, tracked: Tracked) -> Tiles:
    within = pickers.matching(choice.find) if choice.find else None
    offset = (choice.page - 1) * cards.PAGE
    found = cards.cards(window, offset=offset, limit=cards.PAGE + 1, within=within)
    shown = found[: cards.PAGE]
    most = max((count for card in shown for count in card.daily), default=0)
    end = {"end": choice.end.isoformat()} if choice.end else {}
    tiles = tuple(
        Tile(card, links.errors(card.connection.key, **end), spark(card.daily, window, most=most)) for card in shown
    )
    total = tracked.total if within is None else within.values("pk")[: cards.MOST + 1].count()
    step = partial(_page_url, choice)
    return Tiles(
        tiles=tiles,
        scope=_scope(offset, len(shown), total, is_search=within is not None),
        earlier=step(choice.page - 1) if choice.page > 1 else "",
        later=step(choice.page + 1) if len(found) > cards.PAGE else "",
        is_searchable=tracked.total > cards.PAGE or bool(choice.find),
    )


def capped(count: int) -> str:
    """Write a count of tracked connections, which stops at MOST: 148; 1,000+."""
    return f"{cards.MOST:,}+" if count > cards.MOST else f"{count:,}"


def _scope(offset: int, shown: int, total: int, *, is_search: bool) -> str:
    what = "found" if is_search else "tracked connections"
    if shown == total or not shown:
        return f"{capped(total)} {'tracked connection' if total == 1 and not is_search else what}"
    return f"{offset + 1:,}–{offset + shown:,} of {capped(total)} {what}"


def _page_url(choice: Choice, page: int) -> str:
    return f"?{urlencode(choice.kept | ({'page': str(page)} if page > 1 else {}))}#cards"


# --- going through the weeks ------------------------------------------------------------------------------------------


def _steps(choice: Choice, window: Window) -> dict[str, str]:
    """Return the addresses of the week before, the week after and the present one; empty where there is none."""
    rest = {name: value for name, value in choice.kept.items() if name != "end"}
    before = window.before()
    after = window.days[-1] + timedelta(days=DAYS)
    return {
        "earlier": f"?{urlencode(rest | {'end': before.days[-1].isoformat()})}" if before else "",
        "later": f"?{urlencode(rest | ({'end': after.isoformat()} if after < window.today else {}))}"
        if not window.is_current
        else "",
        "present": f"?{urlencode(rest)}" if not window.is_current else "",
    }
