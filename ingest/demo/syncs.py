"""The syncs of the demo and the consumers' activations of them, the same for the same seed and moment."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ingest.demo.catalogue import APIS

Json = dict[str, Any]

_APIS = {connector.key: api.name for api in APIS for connector in api.connectors}


@dataclass(frozen=True, slots=True)
class DemoSync:
    """One sync: of a hundred consumers that have its software, `share` tried it.

    `care` of a hundred complete a mapping, and `finish` of a hundred the configuration.
    """

    key: str
    name: str
    requires: tuple[Json, ...]
    mappings: tuple[str, ...]
    share: int
    care: int = 90
    finish: int = 88

    def chance(self, connected: Mapping[str, str]) -> float:
        """How likely somebody with these connectors (key → status) tried it; few begin with software still to come."""
        filled = [_is_filled(slot, connected) for slot in self._slots]
        if all(filled):
            return self.share / 100
        return self.share / 900 if any(filled) else 0.0

    def is_ready(self, connected: Mapping[str, str]) -> bool:
        """Whether every slot that counts is filled."""
        active = [connector for connector, status in connected.items() if status == "active"]
        return all(_is_filled(slot, active) for slot in self._slots)

    @property
    def _slots(self) -> list[Json]:
        return [slot for slot in self.requires if not slot.get("hidden")]


SYNCS = (
    DemoSync(
        "daily-sales",
        "Daily sales to accounting",
        ({"unified_api": "Point of Sale"}, {"unified_api": "Accounting"}),
        ("Ledger accounts", "Tax rates", "Payment methods"),
        share=62,
    ),
    DemoSync(
        "shop-orders",
        "Shop orders to invoices",
        ({"unified_api": "eCommerce"}, {"unified_api": "Accounting"}),
        ("Tax rates", "Shipping costs", "Customer groups"),
        share=48,
        care=84,
    ),
    DemoSync(
        "payouts",
        "Payouts to bank journal",
        ({"unified_api": "Payment"}, {"unified_api": "Accounting"}),
        ("Journals", "Fees"),
        share=55,
    ),
    DemoSync(
        "shopify-catalogue",
        "Product catalogue to Shopify",
        ({"connector": "shopify"}, {"unified_api": "Invoicing", "hidden": True}),
        ("Categories", "Units", "Channels", "Locales"),
        share=80,
        care=88,
        finish=80,
    ),
    DemoSync(
        "room-charges",
        "Room charges to accounting",
        ({"unified_api": "Property Management System"}, {"unified_api": "Accounting"}),
        ("Room types", "City tax"),
        share=70,
        finish=92,
    ),
    DemoSync(
        "stock-levels",
        "Stock levels between till and shop",
        ({"unified_api": "Point of Sale"}, {"unified_api": "eCommerce"}),
        (),
        share=0,  # announced; nobody has tried it yet
    ),
)


def syncs() -> Iterator[Json]:
    """Yield one record per sync."""
    for sync in SYNCS:
        yield {
            "type": "sync",
            "sync": sync.key,
            "name": sync.name,
            "requires": list(sync.requires),
            "mappings": list(sync.mappings),
        }


def activations(random: Random, consumer: Json, connections: list[Json], now: datetime) -> Iterator[Json]:
    """Yield what a consumer tried, fitting its connections; steps that need something not there are not done."""
    connected = {connection["connector"]: connection["status"] for connection in connections}
    for sync in SYNCS:
        if random.random() < sync.chance(connected):
            yield _activation(random, sync, consumer, connected, now)


def _activation(random: Random, sync: DemoSync, consumer: Json, connected: Mapping[str, str], now: datetime) -> Json:
    opened_at = _between(random, datetime.fromisoformat(consumer["created_at"]), now)
    # Some were ready once: their connection failed or went away after they had been activated.
    was_ready = sync.is_ready(connected) or ("failed" in connected.values() and random.random() < 0.6)
    mappings = {name: _mapping(random, sync, was_ready=was_ready) for name in sync.mappings}
    is_mapped = "incomplete" not in mappings.values()
    is_configured = was_ready and is_mapped and random.random() * 100 < sync.finish
    record: Json = {
        "type": "activation",
        "sync": sync.key,
        "consumer": consumer["consumer"],
        "opened_at": opened_at.isoformat(),
        "changed_at": _between(random, opened_at, min(now, opened_at + timedelta(days=9))).isoformat(),
        "mappings": mappings,
        "configuration": "complete" if is_configured else "incomplete",
    }
    if is_configured and random.random() < 0.05:
        record["enabled"] = False
    if not is_configured:
        record["activate_url"] = f"https://connect.example.com/syncs/{sync.key}/{consumer['consumer']}"
    return record


def _mapping(random: Random, sync: DemoSync, *, was_ready: bool) -> str:
    if random.random() < 0.06:
        return "skipped"
    return "complete" if was_ready and random.random() * 100 < sync.care else "incomplete"


def _is_filled(slot: Json, connectors: Iterable[str]) -> bool:
    return any(key == slot.get("connector") or _APIS[key] == slot.get("unified_api") for key in connectors)


def _between(random: Random, start: datetime, end: datetime) -> datetime:
    return (start + (end - start) * random.random()).replace(microsecond=0)
