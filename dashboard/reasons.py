"""Why a chart is empty, in words, and for those who may do something about it the way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from common import times
from common.addresses import address
from common.windows import Window
from connections.models import Connection, Flow
from dashboard import links
from dashboard.flows import Freshness

ENTITIES = "products"

_DIRECTIONS = {Flow.SOURCE.value: "a source", Flow.DESTINATION.value: "a destination", Flow.OTHER.value: "neither"}


@dataclass(frozen=True, slots=True)
class Reason:
    """An empty chart: its sign, why, and where to change that (url and action; empty: nowhere, or not by this user).

    `is_final`: there are no numbers at all, not even zeros.
    """

    icon: str
    title: str
    text: str
    url: str = ""
    action: str = ""
    is_final: bool = False

    def for_viewer(self) -> Reason:
        """Return the reason without the way out."""
        return replace(self, url="", action="")


def unknown(key: str) -> Reason:
    """No connection has that key."""
    return Reason("search", "No such connection", f"No connection has the key “{key[:255]}”.", is_final=True)


def why_not(connection: Connection, flow: str) -> Reason | None:
    """Return why a connection counts nothing here; None when it does. An empty flow: any that can be tracked."""
    page = address("connection", connection.key)
    if not connection.is_live:
        text = "It counts nowhere any more; its errors stay readable."
        return Reason("trash-2", "Deleted", text, links.errors(connection.key), "Its errors", is_final=True)
    if flow and connection.flow != flow:
        other = _DIRECTIONS[connection.flow]
        text = f"This connection is {other}, so it belongs to another chart."
        if connection.flow == Flow.OTHER:
            text = "This connection is neither a source nor a destination, so nothing of it is counted here."
        return Reason("arrow-right-left", "Wrong flow", text, page, "Its settings" if page else "", is_final=True)
    if not connection.is_tracked:
        text = "Switch “Track this connection in the dashboard” on to count it, with all that was received before."
        return Reason("eye-off", "Not tracked", text, page, "Open its settings" if page else "", is_final=True)
    return None


def nothing_connected(flow: str) -> Reason:
    """No tracked connection has that flow; an empty one: none is tracked at all."""
    what = {Flow.SOURCE.value: "is a source", Flow.DESTINATION.value: "is a destination"}.get(flow, "exists yet")
    filters = {"flow": flow} if flow else {}
    url = links.connections(**filters, tracked="false")
    return Reason("unplug", "Nothing connected", f"No tracked connection {what}.", url, "Choose connections to track")


def late(freshness: Freshness) -> Reason:
    """The sums do not reach to now, so nothing may only mean not yet."""
    text = f"Events that came after {times.clock(freshness.as_of)} are not counted yet."
    return Reason("hourglass", "The sums are late", text)


def not_kept() -> Reason:
    """The window lies before everything that is kept."""
    return Reason("archive", "No longer kept", f"Sums are kept for {settings.BUCKET_RETENTION_DAYS} days.")


def no_activity(what: str, window: Window) -> Reason:
    """There was simply nothing."""
    when = "in the last 7 days" if window.is_current else "in these 7 days"
    return Reason("moon", f"No {what}", f"There were none {when}.")


def of_zeros(what: str, window: Window, freshness: Freshness, *, now: datetime) -> Reason:
    """Return why a chart that could have numbers has none."""
    if freshness.is_late and window.is_current:
        return late(freshness)
    if window.ends_at < now - timedelta(days=settings.BUCKET_RETENTION_DAYS):
        return not_kept()
    return no_activity(what, window)
