"""What the shell of every page shows: navigation, search, when sources were last heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import F
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
    """When a source was last heard, and the sign that fits: active when that was within the hour."""

    name: str
    last_heard_at: datetime | None
    status: str


def _current(path: str, url: str, below: tuple[str, ...]) -> str:
    if path == url:
        return "page"
    under = (*below, url) if url != "/" else below
    return "true" if path.startswith(under) else ""


def _items(path: str, entries: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> list[Item]:
    found = [(label, address(page), icon, below) for label, page, icon, below in entries]
    return [Item(label, url, icon, _current(path, url, below)) for label, url, icon, below in found if url]


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
        open_sources = Source.objects.exclude(api_key__revoked_at__isnull=False)
        latest_first = open_sources.order_by(F("last_heard_at").desc(nulls_last=True), "name", "id")
        sources = latest_first.values_list("name", "last_heard_at")[: _MOST_SOURCES + 1]
        return [Freshness(name, at, "active" if at and now - at < _FRESH else "none") for name, at in sources]

    @property
    def sources(self) -> list[Freshness]:
        """The sources that were heard last."""
        return self._heard[:_MOST_SOURCES]

    @property
    def has_more_sources(self) -> bool:
        """Whether there are more sources than the shell shows."""
        return len(self._heard) > _MOST_SOURCES


def shell(request: HttpRequest) -> dict[str, object]:
    """Give every template its shell and the theme of the user."""
    user = getattr(request, "user", None)
    return {"shell": Shell(request), "theme": user.theme if isinstance(user, User) else ""}
