"""Fills a platform with an invented company, changes it, and says what connmon must show of it.

The expectation is worked out here in plain Python from the definitions, knowing nothing of the importer.
"""

import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

APIS = {
    1: ("Odoo", "Accounting"),
    2: ("Exact Online", "Accounting"),
    3: ("Shopify", "eCommerce"),
    4: ("Lightspeed", "Point of Sale"),
    5: ("Stripe", "Payment"),
}
SYNC_SHOP, SYNC_POS = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def moment(hours_ago=0.0):
    return (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()


def new_id(random):
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


class World:
    """A company on the platform, and what has been seen of it by imports so far."""

    def __init__(self, platform, random: Random, count: int):
        self.platform, self.random = platform, random
        self.seen_active: set[str] = set()
        self.was_activated: set[tuple[str, str]] = set()
        self.without_events: set[str] = set()
        platform.integrations = [
            {
                "integrationid": number,
                "name": name,
                "description": "",
                "status": "active",
                "api": api,
                "logo_url": "",
                "icon_url": "",
                "local_agent": False,
            }
            for number, (name, api) in APIS.items()
        ]
        platform.syncs = [
            {
                "syncid": SYNC_SHOP,
                "name": "Shop to books",
                "connections": [
                    {"one_api": 100, "connection_type": None, "display_order": 2, "display_hidden": False},
                    {"one_api": 300, "connection_type": 3, "display_order": 1, "display_hidden": False},
                ],
                "mappings": [
                    {"name": "Taxes", "sub_mappings": ["Rates", "Codes"]},
                    {"name": "Journals", "sub_mappings": []},
                ],
                "consumers": [],
                "flows": [{"id": "f1", "name": "Orders"}],
            },
            {
                "syncid": SYNC_POS,
                "name": "Till to books",
                "connections": [
                    {"one_api": 100, "connection_type": 1, "display_order": 1, "display_hidden": False},
                    {"one_api": 999, "connection_type": None, "display_order": 2, "display_hidden": False},
                ],
                "mappings": [],
                "consumers": [],
                "flows": [],
            },
        ]
        for number in range(count):
            self.add_consumer(number)

    def add_consumer(self, number):
        random, platform = self.random, self.platform
        consumerid = new_id(random)
        platform.consumers.append(
            {
                "consumerid": consumerid,
                "name": f"Klant {number} é",
                "email": f"k{number}@example.com",
                "internal_reference": f"R{number}",
                "redirect_url": None,
            }
        )
        platform.connections[consumerid] = [self.new_connection() for _ in range(random.choice((0, 1, 1, 2, 3)))]
        for sync in platform.syncs:
            if random.random() < 0.4:
                sync["consumers"].append(consumerid)
                if random.random() < 0.9:
                    platform.consumer_syncs[consumerid, sync["syncid"]] = self.new_consumer_sync(sync)
        for connection in platform.connections[consumerid]:
            if random.random() < 0.3:
                self.add_issue(consumerid, connection)

    def new_connection(self):
        number = self.random.choice(list(APIS))
        return {
            "connectionid": new_id(self.random),
            "name": f"{APIS[number][0]} of theirs",
            "integration": APIS[number][0],
            "integrationid": number,
            "api": APIS[number][1],
            "status": self.random.choice(("active", "active", "inactive")),
            "agent": self.random.choice((None, None, {"status": "up"}, {"status": "down"})),
            "data": {},
        }

    def new_consumer_sync(self, sync):
        random = self.random
        states = []
        for mapping in sync["mappings"]:
            for part in mapping["sub_mappings"] or [None]:
                if random.random() < 0.85:
                    values = [
                        {"source_id": str(n), "target_id": random.choice(("x", "y", "z", None))}
                        for n in range(random.choice((0, 1, 2)))
                    ]
                    hidden = [value["source_id"] for value in values if random.random() < 0.5]
                    states.append(
                        {
                            "name": mapping["name"],
                            "sub_mapping_name": part,
                            "values": values,
                            "hidden_source_ids": hidden,
                        }
                    )
        skips = [{"name": "Journals", "skip_reason": "none"}] if random.random() < 0.3 else []
        active = random.random() < 0.5
        return {
            "syncid": sync["syncid"],
            "sync_name": sync["name"],
            "status": "active" if active else "inactive",
            "status_details": None,
            "link_createdon": moment(random.randint(30, 900)),
            "link_mappings": states,
            "skip_mappings": skips,
            "enabled_flows": [{"id": "f1", "name": "Orders", "enabled_on": moment(5)}] if active else [],
        }

    def add_issue(self, consumerid, connection):
        random = self.random
        code = random.choice(
            (
                "ERROR_CONNECTOR_AUTHENTICATION",
                "TAX_NOT_FOUND",
                "ERROR_TIMEOUT",
                "INVALID_FIELD_FORMAT_VAT",
                "SOMETHING_NEW",
            )
        )
        issue = {
            "id": new_id(random),
            "consumer_id": consumerid,
            "connection_id": connection["connectionid"] if random.random() < 0.9 else None,
            "integration_id": connection["integrationid"],
            "integration_name": connection["integration"],
            "created_on": moment(40),
            "updated_on": moment(2),
            "last_seen": moment(2),
            "occurrences": 1,
            "level": random.choice(("error", "error", "error", "warning")),
            "error": {"error_code": code, "status": 400, "title": code.title(), "description": f"About {code}"},
            "events": [
                {"id": str(n), "execution_id": "e", "created_on": moment(3 + n), "context": {}, "message": f"event {n}"}
                for n in range(random.choice((0, 1, 3)))
            ],
        }
        self.platform.issues.append(issue)
        if random.random() < 0.3:
            self.platform.closed.add(issue["id"])

    # --- changes ------------------------------------------------------------------------------------------------------

    def change(self, share=0.3):
        """Change some of everything; return the consumers concerned, each with an event that would tell of it."""
        random, platform, events = self.random, self.platform, []
        for consumer in list(platform.consumers):
            consumerid = consumer["consumerid"]
            if random.random() >= share:
                continue
            connections = platform.connections[consumerid]
            if connections and random.random() < 0.3:
                gone = connections.pop(random.randrange(len(connections)))
                events.append(
                    {
                        "event": "account.connection.deleted",
                        "consumerid": consumerid,
                        "connectionid": gone["connectionid"],
                    }
                )
            if random.random() < 0.4:
                new = self.new_connection()
                connections.append(new)
                events.append(
                    {
                        "event": "account.connection.created",
                        "consumerid": consumerid,
                        "connectionid": new["connectionid"],
                    }
                )
            for connection in connections:
                if random.random() < 0.5:
                    connection["status"] = random.choice(("active", "inactive"))
                    connection["agent"] = random.choice((None, {"status": "up"}, {"status": "down"}))
                    events.append(
                        {
                            "event": "account.connection.updated",
                            "consumerid": consumerid,
                            "connectionid": connection["connectionid"],
                            "status": connection["status"],
                        }
                    )
            for sync in platform.syncs:
                answer = platform.consumer_syncs.get((consumerid, sync["syncid"]))
                if answer and random.random() < 0.5:
                    fresh = self.new_consumer_sync(sync) | {"link_createdon": answer["link_createdon"]}
                    if answer["status"] == "active" and random.random() < 0.5:
                        fresh |= {"status": "inactive", "enabled_flows": random.choice(([], [{"id": "f1"}]))}
                    platform.consumer_syncs[consumerid, sync["syncid"]] = fresh
                    events.append(
                        {
                            "event": "account.flow.disabled",
                            "consumerid": consumerid,
                            "syncid": sync["syncid"],
                            "flowid": "f1",
                        }
                    )
            if connections and random.random() < 0.4:
                self.add_issue(consumerid, connections[0])
                events.append(
                    {"event": "account.issue.created", "consumerid": consumerid, "issue_id": platform.issues[-1]["id"]}
                )
        for issue in platform.issues:
            if random.random() < 0.1:
                issue |= {"occurrences": issue["occurrences"] + 1, "last_seen": moment(0.5)}
                issue["events"] = [
                    *issue["events"],
                    {"id": new_id(random), "created_on": moment(0.6), "message": "again"},
                ]
                events.append(
                    {"event": "account.issue.created", "consumerid": issue["consumer_id"], "issue_id": issue["id"]}
                )
        return events

    # --- what must be seen --------------------------------------------------------------------------------------------

    def expected(self):
        """Return what must stand after an import of the world as it is; called once for each."""
        connections, rows = {}, []
        refused = {
            issue["connection_id"]
            for issue in self.platform.issues
            if issue["id"] not in self.platform.closed
            and issue["error"]["error_code"] == "ERROR_CONNECTOR_AUTHENTICATION"
        }
        for consumer in self.platform.consumers:
            for connection in self.platform.connections[consumer["consumerid"]]:
                connections[connection["connectionid"]] = (
                    consumer["consumerid"],
                    str(connection["integrationid"]),
                    self._status(connection, refused),
                )
        self.seen_active |= {key for key, (_, _, status) in connections.items() if status == "active"}
        by_consumer = defaultdict(list)
        for consumerid, connector, status in connections.values():
            by_consumer[consumerid].append((connector, status))
        for consumer in self.platform.consumers:
            issue = self._issue(by_consumer[consumer["consumerid"]])
            rows += [(consumer["consumerid"], consumer["name"], issue)]
        activations = {}
        for (consumerid, sync), answer in self.platform.consumer_syncs.items():
            activations[consumerid, sync] = self._activation(consumerid, sync, answer, by_consumer[consumerid])
        return {"connections": connections, "consumers": sorted(rows), "activations": activations}

    def _status(self, connection, refused):
        if connection["agent"] and connection["agent"]["status"] == "down":
            return "failed"
        if connection["status"] == "active":
            return "active"
        if connection["connectionid"] in refused or connection["connectionid"] in self.seen_active:
            return "failed"
        return "pending"

    @staticmethod
    def _issue(own):
        statuses = [status for _, status in own]
        if "failed" in statuses:
            return "connection_failed"
        if not own:
            return "nothing"
        return "" if "active" in statuses else "connection_pending"

    def _activation(self, consumerid, sync, answer, own):
        """Return (status, issue)."""
        active = answer["status"] == "active"
        if active:
            self.was_activated.add((consumerid, sync))
        disabled = not active and (consumerid, sync) in self.was_activated and not answer["enabled_flows"]
        status = "active" if active else "disabled" if disabled else "incomplete"
        return status, self._sync_issue(sync, answer, own, status)

    def _sync_issue(self, sync, answer, own, status):
        # The numbers 100 and 300 can be learnt from slots that name an integration too; 999 can not.
        slots = [{"3"}, {"1", "2"}] if sync == SYNC_SHOP else [{"1"}]
        missing = [slot for slot in slots if not any(c in slot and s == "active" for c, s in own)]
        if any(c in slot and s == "failed" for slot in missing for c, s in own):
            return "connection_failed"
        if missing:
            return "no_connection"
        if self._incomplete(sync, answer):
            return "mapping_incomplete"
        return {"active": "", "disabled": "sync_disabled", "incomplete": "configuration_incomplete"}[status]

    @staticmethod
    def _incomplete(sync, answer):
        if sync != SYNC_SHOP:
            return False
        skipped = {skip["name"] for skip in answer["skip_mappings"]}
        for name, part in (("Taxes", "Rates"), ("Taxes", "Codes"), ("Journals", None)):
            if name in skipped:
                continue
            found = [m for m in answer["link_mappings"] if (m["name"], m["sub_mapping_name"]) == (name, part)]
            if not found:
                return True
            if any(
                v["source_id"] not in found[0]["hidden_source_ids"] and not v["target_id"] for v in found[0]["values"]
            ):
                return True
        return False

    def expected_errors(self):
        """Return (connection, id, category) of every error that must stand, and the issues without events."""
        there = {c["connectionid"] for own in self.platform.connections.values() for c in own}
        found, without = set(), set()
        for issue in self.platform.issues:
            if issue["level"] != "error" or issue["connection_id"] not in there:
                continue
            code = issue["error"]["error_code"]
            category = "business" if code in {"TAX_NOT_FOUND", "INVALID_FIELD_FORMAT_VAT"} else "technical"
            found |= {(issue["connection_id"], f"{issue['id']}:{event['id']}", category) for event in issue["events"]}
            if not issue["events"] or issue["id"] in self.without_events:
                self.without_events.add(issue["id"])
                without.add(issue["id"])
        return found, without
