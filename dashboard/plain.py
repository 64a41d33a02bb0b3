"""What happened to a connection, in the words of somebody who runs a shop and not of somebody who runs software."""

from dataclasses import dataclass

from common.rules import optional_url_problem
from connections.models import Connection, Flow, Status

# A reason is the first whose signs stand in the code or message of the failure; {name} is the connector.
_REASONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("licen", "subscription", "payment required"),
        "the subscription to {name} has ended or does not include this",
        "Check that your subscription to {name} is active and may be used by other software.",
    ),
    (
        ("locked", "too many"),
        "the account is locked after too many attempts to sign in",
        "Unlock the account in {name}, or wait until it opens again.",
    ),
    (("expire",), "the permission you gave has expired", ""),
    (("revoke", "withdrawn", "uninstalled"), "the permission you gave was taken back", ""),
    (
        ("right", "permission", "scope", "forbidden", "privilege"),
        "the account that was used lacks a right that is needed",
        "",
    ),
    (
        ("credential", "password", "unauthori", "authentication", "api key", "api_key", "secret"),
        "the user name or password is not accepted any more",
        "",
    ),
)
_UNKNOWN = "{name} does not accept our access any more"

_WORK = {Flow.SOURCE: "get data from {name}", Flow.DESTINATION: "send data to {name}", Flow.OTHER: "reach {name}"}
_LOSS = {
    Flow.SOURCE: "nothing new arrives from there",
    Flow.DESTINATION: "nothing new arrives there",
    Flow.OTHER: "it does not work",
}
_DIRECTION = {Flow.SOURCE: "it sends data to us", Flow.DESTINATION: "we send data to it"}

_WORDS = {Status.ACTIVE: "Working", Status.PENDING: "Not finished", Status.FAILED: "Needs you"}


@dataclass(frozen=True)
class Told:
    """One connection as its customer reads of it; `url` is the platform's own connect page, empty without one."""

    row: Connection
    name: str
    word: str
    about: str
    reason: str
    work: str
    loss: str
    steps: list[str]
    url: str


def tell(row: Connection, *, company: str, support: str, has_page: bool = False) -> Told:
    """Put a connection, with its connector and unified API, into plain words.

    has_page: the page that shows it has a button of its own to the platform.
    """
    name, flow = row.connector.name, Flow(row.flow)
    reason, step = _reason(row)
    url = "" if optional_url_problem(row.connect_url) else row.connect_url
    about = ", ".join(filter(None, (row.connector.unified_api.name, _DIRECTION.get(flow))))
    return Told(
        row=row,
        name=name,
        word=_WORDS[Status(row.status)],
        about=about,
        reason=reason.format(name=name),
        work=_WORK[flow].format(name=name),
        loss=_LOSS[flow],
        steps=[
            *([step.format(name=name)] if step else []),
            *_steps(name, company, support, has_url=bool(url) or has_page),
        ],
        url=url,
    )


def _reason(row: Connection) -> tuple[str, str]:
    text = f"{row.failure_code} {row.failure_message}".casefold()
    for signs, reason, step in _REASONS:
        if any(sign in text for sign in signs):
            return reason, step
    return _UNKNOWN, ""


def _steps(name: str, company: str, support: str, *, has_url: bool) -> list[str]:
    if not has_url:
        whom = f"{company} ({support})" if support else company
        return [
            f"Ask {whom} for the page where you connect {name}.",
            f"Sign in to {name} there as an administrator, and allow the access.",
        ]
    return [
        "Open the connect page with the button below.",
        f"Sign in to {name} as an administrator, and allow the access.",
        f"Come back to this page and reload it: {name} shows as working.",
    ]
