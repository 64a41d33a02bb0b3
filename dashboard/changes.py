"""What operators change: each change and its entry in the audit log in one transaction."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet

from common.locks import lock_state
from common.times import iso
from connections.models import Connection
from connections.services import set_flow_and_tracked
from consumers import services as consumers
from consumers.models import Consumer
from dashboard import sharing
from dashboard.auditing import By, Values, note
from dashboard.models import ShareLink
from dashboard.sharing import MadeLink
from syncs.models import Sync


@transaction.atomic
def edit_consumer(who: By, *, consumerid: str, values: Mapping[str, str]) -> bool:
    """Give a consumer other facts; False when they are what is stored. Consumer.DoesNotExist when it is gone."""
    consumer, former = consumers.edit_consumer(consumerid=consumerid, values=values)
    if former:
        after = {name: getattr(consumer, name) for name in former}
        note(who, "edited", "consumer", consumerid, before=dict(former), after=after)
    return bool(former)


@transaction.atomic
def remove_consumer(who: By, *, consumerid: str) -> bool:
    """Delete a consumer on the screen; False when it was gone before."""
    consumer = consumers.remove_consumer(consumerid=consumerid, by=who.actor.username, now=who.now)
    if consumer is None:
        return False
    note(who, "deleted", "consumer", consumerid, before={"deleted": False}, after=_standing(consumer, deleted=True))
    return True


@transaction.atomic
def restore_consumer(who: By, *, consumerid: str) -> Consumer | None:
    """Take a deletion back; None when there is none. TooLateError after 30 days."""
    consumer = consumers.restore_consumer(consumerid=consumerid, now=who.now)
    if consumer:
        after = _standing(consumer, deleted=not consumer.is_live)
        note(who, "restored", "consumer", consumerid, before={"deleted": True}, after=after)
    return consumer


@transaction.atomic
def make_link(who: By, *, consumerid: str, sync: Sync | None, days: int) -> MadeLink:
    """Make a consumer link, or the link of one of its syncs. Consumer.DoesNotExist when the consumer is gone."""
    made = sharing.make_link(consumerid=consumerid, sync=sync, days=days, by=who.actor, now=who.now)
    of_sync = {"sync": sync.key} if sync else {}
    after = {"link": made.link.pk, "valid until": iso(made.link.expires_at.replace(microsecond=0)), **of_sync}
    _note_link(who, "made", made.link, after=after)
    return made


@transaction.atomic
def revoke_link(who: By, *, link: ShareLink) -> bool:
    """Close a link for good; False when it was closed before."""
    revoked = sharing.revoke_link(link=link, now=who.now)
    if revoked:
        _note_link(who, "revoked", link, before={"revoked": False}, after={"link": link.pk, "revoked": True})
    return revoked


@transaction.atomic
def set_connection(who: By, *, key: str, flow: str, tracked: bool) -> bool:
    """Set flow and tracked of a live connection; False when they are what is stored.

    NotTrackableError for a flow that can not be tracked; Connection.DoesNotExist when it is gone.
    """
    lock_state()
    row = Connection.objects.live().get(key=key)
    if not set_flow_and_tracked(connection_ids=[row.pk], flow=flow, tracked=tracked, now=who.now):
        return False
    before: Values = {"flow": row.flow, "tracked": row.is_tracked}
    note(who, "set", "connection", key, before=before, after={"flow": flow, "tracked": tracked})
    return True


@transaction.atomic
def set_connections(
    who: By, *, rows: QuerySet[Connection], expected: int, query: str, flow: str | None, tracked: bool | None
) -> int:
    """Set flow and tracked of all these connections, None leaving either as it is; return how many changed.

    NotTrackableError, and nothing changed, when one of them can not be tracked. OtherRowsError when they are not the
    number that was confirmed.
    """
    lock_state()
    keys = list(rows.values_list("pk", flat=True))
    if len(keys) != expected:
        raise OtherRowsError(len(keys))
    changed = set_flow_and_tracked(connection_ids=keys, flow=flow, tracked=tracked, now=who.now)
    if changed:
        wanted = {"flow": flow, "tracked": tracked}
        after: Values = {name: value for name, value in wanted.items() if value is not None}
        before: Values = {"filters": query, "connections": len(keys)}
        note(who, "set", "connections", f"{changed:,} connections", before=before, after={**after, "changed": changed})
    return changed


class OtherRowsError(Exception):
    """The rows of a list are not those that were confirmed; `count` is their number now."""

    def __init__(self, count: int) -> None:
        super().__init__(f"there are {count} rows now")
        self.count = count


def _standing(consumer: Consumer, *, deleted: bool) -> Values:
    """Return what leaves or comes back to the numbers with a consumer."""
    return {
        "deleted": deleted,
        "name": consumer.name,
        "active connections": consumer.active_count,
        "pending connections": consumer.pending_count,
        "failed connections": consumer.failed_count,
    }


def _note_link(who: By, action: str, link: ShareLink, *, after: Values, before: Values | None = None) -> None:
    what = link.get_kind_display().lower()
    note(who, action, f"{what} of", link.consumer.consumerid, before=before, after=after)
