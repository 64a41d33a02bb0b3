"""What the issues of consumers and of activations mean in plain words, and who has to act."""

from collections.abc import Iterable
from dataclasses import dataclass

from connections.models import Status
from consumers.models import ConnectionIssue
from syncs.models import SyncIssue


@dataclass(frozen=True)
class Meaning:
    """What an issue means, who has to act and how; `status` is its sign."""

    status: str
    means: str
    acts: str


# The status of the connections that an issue names.
STATUS_OF = {
    ConnectionIssue.CONNECTION_FAILED: Status.FAILED,
    ConnectionIssue.CONNECTION_PENDING: Status.PENDING,
}

MEANINGS = {
    ConnectionIssue.CONNECTION_FAILED: Meaning(
        "failed",
        "The customer’s software refuses our access, so no data flows through that connection.",
        "The customer has to connect it again: send them the consumer link.",
    ),
    ConnectionIssue.NOTHING: Meaning(
        "nothing",
        "No software is connected, so no data flows.",
        "We have to act: invite the customer to connect their software.",
    ),
    ConnectionIssue.CONNECTION_PENDING: Meaning(
        "pending",
        "The customer began to connect and did not finish, so no data flows.",
        "The customer has to finish: send them the consumer link.",
    ),
}

SYNC_MEANINGS = {
    SyncIssue.CONNECTION_FAILED: Meaning(
        "failed",
        "Software that the sync needs refuses our access.",
        "The customer has to connect it again: send them the sync link.",
    ),
    SyncIssue.NO_CONNECTION: Meaning(
        "nothing",
        "Software that the sync needs is not connected, or connecting it was not finished.",
        "The customer has to connect it: send them the sync link.",
    ),
    SyncIssue.MAPPING_INCOMPLETE: Meaning(
        "partial",
        "The software is connected; some of their data is not matched yet.",
        "The customer has to complete the mappings, with our help: send them the sync link.",
    ),
    SyncIssue.CONFIGURATION_INCOMPLETE: Meaning(
        "partial",
        "Everything is prepared, but the sync was never activated.",
        "The customer has to finish the configuration: send them the sync link.",
    ),
    SyncIssue.SYNC_DISABLED: Meaning(
        "disabled",
        "The sync was active and was switched off.",
        "We have to act: ask the customer whether that was meant.",
    ),
}


def words(issue: ConnectionIssue | SyncIssue, connectors: Iterable[str] = ()) -> str:
    """Return the text of an issue: Connection failed (Odoo, Shopify). The names are distinct and in name order."""
    names = ", ".join(dict.fromkeys(connectors))
    return f"{issue.label} ({names})" if names else str(issue.label)
