"""What the shell of every page shows: navigation, search, when sources were last heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Case, F, Q, Value, When
from django.http import HttpRequest

from accounts.models import User
from common.addresses import address
from common.middleware import request_now
from dashboard.sync_kpis import any_sync
from sources.models import Source

# Label, name of the page, icon, and what stands under it besides its own address. A page that does not exist yet has
# no item.
_MAIN = (
    ("Overview", "overview", "chart-no-axes-column", ("/unified-apis/", "/connectors/")),
    ("Syncs", "syncs", "refresh-cw", ()),
    ("Data flows", "flows", "arrow-right-left", ()),
    ("Consumers", "consumers", "users", ()),
    ("Connections", "connections", "link", ()),
)
_ADMIN = (
    ("Sources", "sources", "radio", ()),
    ("API keys", "api-keys", "key", ()),
    ("Users", "users", "user", ()),
    ("Deleted consumers", "deleted-consumers", "archive-restore", ()),
    ("Audit log", "audit-log", "scroll-text", ()),
)

_MOST_SOURCES = 4
_FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Item:
    """One item of the navigation; `current` is the value of aria-current, empty when the page is another."""

    label: str
    url: str
    icon: str
    current: str


@dataclass(frozen=True)
class Freshness:
    """When a source was last heard, and its sign: active when that was within the hour, failed when it is silent."""

    pk: int
    name: str
    last_heard_at: datetime | None
    status: str
    is_silent: bool
    last_imported_at: datetime | None


def _current(path: str, url: str, below: tuple[str, ...]) -> str:
    if path == url:
        return "page"
    under = (*below, url) if url != "/" else below
    return "true" if path.startswith(under) else ""


def _items(path: str, entries: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> list[Item]:
    found = [(label, address(page), icon, below) for label, page, icon, below in entries]
    return [Item(label, url, icon, _current(path, url, below)) for label, url, icon, below in found if url]


def _freshness(
    pk: int,
    name: str,
    last_heard_at: datetime | None,
    is_silent: bool,  # noqa: FBT001
    last_imported_at: datetime | None,
    *,
    now: datetime,
) -> Freshness:
    is_fresh = last_heard_at is not None and now - last_heard_at < _FRESH
    status = "failed" if is_silent else "active" if is_fresh else "none"
    return Freshness(pk, name, last_heard_at, status, is_silent, last_imported_at)


class Shell:
    """The parts around a page, each worked out only when a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def main_items(self) -> list[Item]:
        """The main navigation; nothing leads to syncs while there is none."""
        entries = [entry for entry in _MAIN if entry[1] != "syncs" or self.has_syncs]
        return _items(self._request.path, entries)

    @cached_property
    def has_syncs(self) -> bool:
        """Whether a sync exists."""
        return any_sync()

    @cached_property
    def admin_items(self) -> list[Item]:
        """The navigation of admins; nobody else sees it."""
        user = self._request.user
        return _items(self._request.path, _ADMIN) if isinstance(user, User) and user.is_admin else []

    @cached_property
    def search_url(self) -> str:
        """Where the global search is, once it is."""
        return address("search")

    @cached_property
    def _heard(self) -> list[Freshness]:
        now = request_now(self._request)
        is_silent = Q(chift__silent_at__lte=now)
        rows = (
            Source.objects.exclude(api_key__revoked_at__isnull=False)
            .annotate(is_silent=Case(When(is_silent, then=Value(value=True)), default=Value(value=False)))
            .order_by("-is_silent", F("last_heard_at").desc(nulls_last=True), "name", "id")
            .values_list("pk", "name", "last_heard_at", "is_silent", "chift__last_imported_at")
        )
        return [_freshness(*row, now=now) for row in rows[: _MOST_SOURCES + 1]]

    @property
    def silent_sources(self) -> list[Freshness]:
        """The sources that were to be imported by now and were not: what pages show of them is old."""
        return [source for source in self._heard if source.is_silent]

    @property
    def sources(self) -> list[Freshness]:
        """The sources that are silent, then those that were heard last."""
        return self._heard[:_MOST_SOURCES]

    @property
    def has_more_sources(self) -> bool:
        """Whether there are more sources than the shell shows."""
        return len(self._heard) > _MOST_SOURCES


def shell(request: HttpRequest) -> dict[str, object]:
    """Give every template its shell and the theme of the user."""
    user = getattr(request, "user", None)
    return {"shell": Shell(request), "theme": user.theme if isinstance(user, User) else ""}
