"""What the issues of consumers mean in plain words, and who has to act."""

from collections.abc import Iterable
from dataclasses import dataclass

from connections.models import Status
from consumers.models import ConnectionIssue


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


def words(issue: ConnectionIssue, connectors: Iterable[str] = ()) -> str:
    """Return the text of an issue: Connection failed (Odoo, Shopify). The names are distinct and in name order."""
    names = ", ".join(dict.fromkeys(connectors))
    return f"{issue.label} ({names})" if names else str(issue.label)
