"""A random world of syncs as records, and what its numbers and lists must say, worked out by plain Python."""

from datetime import UTC, datetime, timedelta
from random import Random

from common.times import iso
from tests.dashboard.lists.world import key

STEPS = ["connections", "mappings", "configuration", "active"]
START = datetime(2026, 3, 1, tzinfo=UTC)
LABELS = {
    "no_connection": "No connection",
    "mapping_incomplete": "Mapping incomplete",
    "configuration_incomplete": "Configuration incomplete",
    "sync_disabled": "Sync disabled",
    "": "",
}
APIS = ["Accounting", "eCommerce", "PMS & more"]
CONNECTORS = {"odoo": ("Odoo", 0), "k 1": ("élan", 0), "shop": ("Shopify", 1), "z": ("Zelty", 2)}
MAPPINGS = ["Tax & more", "=Ledger", "%_"]
NAMES = ["Anna", "<b>Bert</b>", "=cmd()", "Élan 東京", '"q";', "apple", "Zebra", "-the-name-", "x" * 255]


def parents(random, consumers):
    """Everything that activations and connections name."""
    yield from (
        {"type": "connector", "connector": code, "name": name, "unified_api": APIS[api]}
        for code, (name, api) in CONNECTORS.items()
    )
    yield from (
        {"type": "consumer", "consumer": f"id {number}%&?", "name": f"{NAMES[number % len(NAMES)]} {number}"[:255]}
        for number in range(consumers)
    )
    slots = [{"unified_api": api} for api in APIS] + [{"connector": "odoo"}, {"connector": "shop", "hidden": True}]
    for number in range(4):
        yield {
            "type": "sync",
            "sync": f"sync {number}&?",
            "name": f"{'=<i>é'[number % 5]} Sync {number}",
            "requires": random.sample(slots, k=random.randint(0, 3)) if number else [],
            "mappings": MAPPINGS[: random.randint(0, 3)],
        }


def children(random, consumers, *, versions=1):
    """Complete records of connections and activations with distinct changed_at, each row in several versions."""
    moment = (START + timedelta(seconds=number) for number in range(1, 1_000_000))
    for number in range(consumers):
        consumer = f"id {number}%&?"
        for code in random.sample(list(CONNECTORS), k=random.randint(0, 3)):
            for _ in range(versions):
                yield {
                    "type": "connection",
                    "connection": f"{number} {code}",
                    "consumer": consumer,
                    "connector": code,
                    "status": random.choice(["active", "active", "pending", "failed"]),
                    "changed_at": iso(next(moment)),
                    "deleted": random.random() < 0.1,
                }
        for sync in random.sample(range(3), k=random.randint(0, 3)):  # nobody tries the last one
            for _ in range(versions):
                yield _activation(random, f"sync {sync}&?", consumer, next(moment))


def _activation(random, sync, consumer, at):
    states = ["complete", "complete", "complete", "incomplete", "skipped", "hidden"]
    return {
        "type": "activation",
        "sync": sync,
        "consumer": consumer,
        "opened_at": iso(START + timedelta(minutes=random.randrange(10_000))),
        "changed_at": iso(at),
        "mappings": {name: random.choice(states) for name in random.sample([*MAPPINGS, "gone"], k=3)},
        "configuration": random.choice(["complete", "complete", "incomplete"]),
        "enabled": random.choice([True, True, False, None]),
        "deleted": random.random() < 0.1,
    }


# --- what must come of it ---------------------------------------------------------------------------------------------


def recount(records):
    """Judge every live activation, from the records alone."""
    latest = {}
    for record in records:
        identity = {
            "connection": record.get("connection"),
            "activation": (record.get("sync"), record.get("consumer")),
        }.get(record["type"], record.get("sync") or record.get("consumer") or record.get("connector"))
        former = latest.get((record["type"], identity))
        if former is None or record.get("changed_at", "") >= former.get("changed_at", ""):
            latest[record["type"], identity] = record
    of_type = {
        kind: [row for row in latest.values() if row["type"] == kind and not row.get("deleted")]
        for kind in ("consumer", "sync", "connection", "activation")
    }
    names = {row["consumer"]: row["name"] for row in of_type["consumer"]}
    syncs = {row["sync"]: row for row in of_type["sync"]}
    return [
        _judged(row, syncs[row["sync"]], names[row["consumer"]], of_type["connection"])
        for row in of_type["activation"]
        if row["sync"] in syncs and row["consumer"] in names
    ]


def _judged(row, sync, name, connections):
    own = [c for c in connections if c["consumer"] == row["consumer"]]
    slots = [slot for slot in sync["requires"] if not slot.get("hidden")]
    standing, failed, is_missing = set(), set(), False
    for slot in slots:
        there = [c for c in own if _fits(slot, c["connector"])]
        standing |= {c["connector"] for c in there}
        if not any(c["status"] == "active" for c in there):
            is_missing = True
            failed |= {c["connector"] for c in there if c["status"] == "failed"}
    incomplete = [m for m in sync["mappings"] if row["mappings"].get(m, "incomplete") == "incomplete"]
    is_configured = row["configuration"] == "complete"
    status = "incomplete" if not is_configured else "disabled" if row["enabled"] is False else "active"
    issue = next(
        code
        for code, holds in {
            "connection_failed": failed,
            "no_connection": is_missing,
            "mapping_incomplete": incomplete,
            "configuration_incomplete": not is_configured,
            "sync_disabled": status == "disabled",
            "": True,
        }.items()
        if holds
    )
    steps = {"connection_failed": 0, "no_connection": 0, "mapping_incomplete": 1, "configuration_incomplete": 2}
    return {
        "consumerid": row["consumer"],
        "name": name,
        "sync": row["sync"],
        "sync_name": sync["name"],
        "step": "active" if status == "active" else STEPS[steps.get(issue, 3)],
        "status": status,
        "issue": issue,
        "text": _text(issue, failed),
        "opened_at": row["opened_at"],
        "standing": standing,
        "failed": failed,
        "incomplete": incomplete,
        "is_active": any(c["status"] == "active" for c in own),
    }


def _fits(slot, code):
    return code == slot.get("connector") or APIS[CONNECTORS[code][1]] == slot.get("unified_api")


def _text(issue, failed):
    if issue != "connection_failed":
        return LABELS[issue]
    names = sorted((CONNECTORS[code][0] for code in failed), key=key)
    return f"Connection failed ({', '.join(names)})"


def numbers(rows, sync):
    """What the API must say of one sync."""
    own = [row for row in rows if row["sync"] == sync["sync"]]
    active = [row for row in own if row["status"] == "active"]
    steps = []
    for number, step in enumerate(STEPS):
        stuck = [row for row in own if row["step"] == step and row["status"] != "active"]
        codes = {row["issue"] for row in stuck}
        steps.append(
            {
                "step": step,
                "reached": sum(STEPS.index(row["step"]) >= number for row in own),
                "stuck": len(stuck),
                "issues": {code: sum(row["issue"] == code for row in stuck) for code in codes},
            }
        )
    return {
        "sync": sync["sync"],
        "name": sync["name"],
        "attempts": len(own),
        "active": len(active),
        "active_with_issue": sum(bool(row["issue"]) for row in active),
        "activation_rate": len(active) / len(own) if own else None,
        "steps": steps,
    }


def selected(rows, filters, sort="name"):
    """The rows that the filters leave, as (consumerid, sync), in order; what is equal in it stands in any order."""
    keys = {
        "name": lambda row: key(row["name"]),
        "consumerid": lambda row: row["consumerid"].encode(),
        "sync": lambda row: key(row["sync_name"]),
        "step": lambda row: (STEPS.index(row["step"]), key(row["name"])),
        "status": lambda row: (row["status"], key(row["name"])),
        "issue": lambda row: (row["issue"], key(row["name"])),
        "opened_at": lambda row: row["opened_at"],
    }
    by = keys[sort.removeprefix("-")]
    found = sorted((row for row in rows if _is_asked(row, filters)), key=by, reverse=sort.startswith("-"))
    return [((row["consumerid"], row["sync"]), by(row)) for row in found]


def _is_asked(row, filters):
    def any_of(name, fits):
        values = filters.get(name, [])
        return not values or any(fits(value) for value in values)

    keys, apis = filters.get("connector", CONNECTORS), filters.get("unified_api", APIS)
    connectors = {code for code, (_, api) in CONNECTORS.items() if code in keys and APIS[api] in apis}
    is_connected = "connector" in filters or "unified_api" in filters
    return (
        any_of("q", lambda text: text == row["consumerid"] or key(text) in key(row["name"]))
        and any_of("sync", lambda value: row["sync"] == value)
        and any_of("step", lambda value: row["step"] == value)
        and any_of("status", lambda value: row["status"] == value)
        and any_of("issue", lambda value: row["issue"] == ("" if value == "none" else value))
        and any_of("reached", lambda value: STEPS.index(row["step"]) >= STEPS.index(value))
        and any_of("with_issue", lambda value: bool(row["issue"]) == (value == "true"))
        and any_of("mapping", lambda value: value in row["incomplete"])
        and any_of("failed_connector", lambda value: value in row["failed"])
        and any_of("active", lambda value: row["is_active"] == (value == "true"))
        and (not is_connected or bool(row["standing"] & connectors))
    )


def made(seed, *, consumers=40, versions=1):
    """Return the records of a world: those of the parents, and those of the children."""
    random = Random(seed)
    return list(parents(random, consumers)), list(children(random, consumers, versions=versions))
