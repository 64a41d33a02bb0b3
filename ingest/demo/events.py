"""The events of the demo: what flowed and what failed lately, at the hours at which shops and offices work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ingest.demo.mishaps import BUSINESS, CHANNELS, LOCALES, PRODUCTS, TECHNICAL, Mishap, Product

Json = dict[str, Any]

# How busy each hour of a day (UTC) is, in a business that sends and in one that receives.
_HOURS = {
    "source": (1, 0, 0, 0, 0, 1, 3, 6, 9, 10, 10, 12, 13, 10, 9, 9, 10, 12, 13, 11, 8, 5, 3, 2),
    "destination": (2, 1, 1, 1, 1, 2, 5, 11, 13, 13, 12, 9, 8, 12, 13, 12, 10, 7, 4, 3, 2, 2, 2, 2),
}
_WEEKEND = {"source": 0.8, "destination": 0.25}
_SATURDAY = 5
_KINDS = {"source": ("created", "updated", "updated"), "destination": ("sent",)}
_BATCHES = 6  # a day, in the mean
_TROUBLED = 0.006  # share of connections with a great many errors
_FLAWLESS = 0.45


@dataclass(frozen=True, slots=True)
class Stage:
    """One connection on its days: what its events share. `pace` is how busy it is, `errors_a_day` how troubled."""

    connection: Json
    flow: str
    connector_name: str
    random: Random
    now: datetime
    pace: float
    errors_a_day: float


def events(connection: Json, flow: str, connector_name: str, *, seed: int, now: datetime, days: int) -> Iterator[Json]:
    """Yield the events of one connection; its own random numbers, so that it does not depend on the others."""
    if flow not in _HOURS or connection["status"] == "pending":
        return
    random = Random(f"{seed} {connection['connection']}")
    pace, errors_a_day = random.lognormvariate(0, 0.6), _errors_a_day(random)
    stage = Stage(connection, flow, connector_name, random, now, pace, errors_a_day)
    for begins_at in _days(connection, now, days):
        share = _WEEKEND[flow] if begins_at.weekday() >= _SATURDAY else 1.0
        yield from _activity(stage, begins_at, share)
        yield from _errors(stage, begins_at, share)


def _errors_a_day(random: Random) -> float:
    if random.random() < _TROUBLED:
        return random.uniform(16, 26)
    return 0.0 if random.random() < _FLAWLESS else random.lognormvariate(-1.5, 1.25)


def _days(connection: Json, now: datetime, days: int) -> Iterator[datetime]:
    """Yield the days (24 hours back from now) on which the connection worked."""
    worked_from = datetime.fromisoformat(connection["created_at"])
    worked_to = datetime.fromisoformat(connection["changed_at"]) if connection["status"] == "failed" else now
    for back in range(days, 0, -1):
        begins_at = now - timedelta(days=back)
        if worked_from <= begins_at and begins_at + timedelta(days=1) <= worked_to:
            yield begins_at


def _activity(stage: Stage, begins_at: datetime, share: float) -> Iterator[Json]:
    random, pace = stage.random, stage.pace * share
    for number in range(_number(random, _BATCHES * pace**0.5)):
        yield {
            "type": "activity",
            "id": f"a-{begins_at:%m%d}-{number}",
            "connection": stage.connection["connection"],
            "kind": random.choice(_KINDS[stage.flow]),
            "count": 1 + int(random.expovariate(1 / (12 * pace + 1))),
            "occurred_at": _moment(stage, begins_at).isoformat(),
        }


def _errors(stage: Stage, begins_at: datetime, share: float) -> Iterator[Json]:
    random = stage.random
    for number in range(_number(random, stage.errors_a_day * share)):
        is_technical = random.random() < 0.2
        mishap = random.choice(TECHNICAL if is_technical else BUSINESS[stage.flow])
        product = random.choice(PRODUCTS)
        yield {
            "type": "error",
            "id": f"e-{begins_at:%m%d}-{number}",
            "connection": stage.connection["connection"],
            "category": "technical" if is_technical else "business",
            "message": _filled(mishap.message, product, stage.connector_name),
            "code": mishap.code,
            "operation": mishap.operation,
            "occurred_at": _moment(stage, begins_at).isoformat(),
            "product": {"identifier": product.identifier, "label": product.label, "family": product.family},
            "channel": random.choice(CHANNELS),
            "locale": random.choice(LOCALES),
            "help": _help(mishap, stage.connection["connector"], stage.connector_name),
        }


def _filled(text: str, product: Product, connector: str) -> str:
    return text.format(identifier=product.identifier, label=product.label, family=product.family, connector=connector)


def _help(mishap: Mishap, connector: str, connector_name: str) -> list[Json]:
    links = []
    if mishap.guide:
        slug = mishap.guide.lower().replace(" ", "-")
        links.append({"kind": "internal", "title": mishap.guide, "url": f"https://docs.integrator.example/{slug}"})
    if mishap.manual:
        slug = mishap.manual.lower().replace(" ", "-")
        url = f"https://help.example.com/{connector}/{slug}"
        links.append({"kind": "external", "title": f"{connector_name}: {mishap.manual}", "url": url})
    return links


def _number(random: Random, mean: float) -> int:
    """Return how many, near the mean and never less than none."""
    return max(0, int(random.gauss(mean, mean**0.5) + 0.5)) if mean > 3 else _rare(random, mean)


def _rare(random: Random, mean: float) -> int:
    """Return a Poisson number: the times between events are exponential."""
    count, at = 0, random.expovariate(1)
    while at < mean:
        count, at = count + 1, at + random.expovariate(1)
    return count


def _moment(stage: Stage, begins_at: datetime) -> datetime:
    """Return a moment of the 24 hours, more often in busy ones."""
    hour = stage.random.choices(range(24), _HOURS[stage.flow])[0]
    midnight = begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(seconds=hour * 3600 + stage.random.randrange(3600))
    return at if at >= begins_at else at + timedelta(days=1)
