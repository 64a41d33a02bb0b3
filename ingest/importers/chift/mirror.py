"""Mirrors a Chift account: reads list after list and consumer after consumer, and writes in batches.

The order is that of the records: connectors, consumers, connections, syncs, activations, errors. What can not be read
is noted and changes nothing; only a platform that refuses us, is away or gives no list of consumers ends the run.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TypeVar
from urllib.parse import quote

from django.conf import settings

from common.rules import event_id_problem, key_problem
from ingest.importers.chift import answers, derive, stored
from ingest.importers.chift.client import Client
from ingest.importers.chift.derive import Record, Trouble, UnifiedApiNames
from ingest.importers.chift.stored import Pair
from ingest.importers.parallel import each
from ingest.importers.protocol import CredentialsError, PlatformError, Wanted
from ingest.importers.runs import Recorder
from ingest.importers.writing import Reading, Sieve, batches, write, write_readings

T = TypeVar("T")

# None: the platform says that it does not know the object.
Connections = list[answers.Connection] | None
ConsumerSync = answers.ConsumerSync | None
Dated = tuple[answers.Issue, datetime]

# When the platform lists none of the consumers we know, and that many are missing, we are looking at another account.
_SUSPICIOUS = 20
_ISSUES = 200  # issues whose marks are looked up at once


class Mirror:
    """One run over one account."""

    def __init__(self, client: Client, recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder
        self._source = recorder.source
        self._sieve = Sieve(recorder)
        self._integrations: list[answers.Integration] | None = None
        self._connectors: set[int] = set()  # written in this run
        self._trouble = Trouble(None)
        self._issues: list[answers.Issue] = []
        self._is_incomplete = False  # a list could not be had
        self._listed_at = recorder.run.started_at

    def all(self) -> None:
        """Mirror everything."""
        listed = self._begin()
        self._recorder.count(consumers=len(listed))
        present = {consumer.consumerid for consumer in listed}
        beside = self._beside(present)
        self._write_consumers(listed)
        known = self._connections(present, beside)
        self._syncs(known, everybody=True)
        self._errors(self._issues)

    def some(self, wanted: Wanted) -> set[str]:
        """Mirror what webhooks named; return the consumers that could not be read."""
        asked = set(wanted.consumerids)
        listed = [consumer for consumer in self._begin() if consumer.consumerid in asked]
        self._write_consumers(listed)
        present = {consumer.consumerid for consumer in listed}
        beside = dict(stored.consumers(self._source, asked - present))
        known = self._connections(present, beside)
        self._syncs(known, everybody=False)
        self._errors([issue for issue in self._issues if issue.consumer_id in asked], again=set(wanted.issue_ids))
        return asked if self._is_incomplete else {key.partition("/")[0] for key in self._sieve.failed}

    # --- lists --------------------------------------------------------------------------------------------------------

    def _begin(self) -> list[answers.Consumer]:
        """Read the lists and write the connectors. PlatformError without a list of consumers."""
        self._client.sign_in()
        self._integrations = self._list("/integrations", list[answers.Integration])
        self._listed_at = self._recorder.clock()
        listed = self._consumers()
        is_open = self._list("/issues", list[answers.Issue], status="open")
        is_closed = self._list("/issues", list[answers.Issue], status="closed")
        if is_open is not None:
            self._trouble = derive.trouble_of(is_open)
        self._issues = self._usable([*(is_open or ()), *(is_closed or ())], _issue_problem, "/issues")
        self._write_connectors(map(derive.connector, self._integrations or ()))
        self._connectors.update(integration.integrationid for integration in self._integrations or ())
        return listed

    def _consumers(self) -> list[answers.Consumer]:
        try:
            listed = self._client.get("/consumers", list[answers.Consumer])
            return self._usable(listed, lambda one: key_problem(one.consumerid), "/consumers")
        except PlatformError as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise CredentialsError(f"The platform refused the credentials ({error}).") from error
            raise

    def _list(self, path: str, answer_type: type[T], **parameters: str) -> T | None:
        """Read a list; None when it can not be had, which makes the run partial."""
        try:
            return self._client.get(path, answer_type, **parameters)
        except CredentialsError:
            raise
        except PlatformError as error:
            self._recorder.fail(path, error)
            self._is_incomplete = True
            return None

    def _usable(self, items: Iterable[T], problem_of: Callable[[T], str | None], what: str) -> list[T]:
        """Leave out what no record can name; it is noted, and the rest goes on."""
        usable = []
        for item in items:
            problem = problem_of(item)
            if problem is None:
                usable.append(item)
            else:
                self._recorder.fail(what, f"an id {problem}")
        return usable

    def _write_connectors(self, records: Iterable[Record]) -> None:
        for batch in batches(records, 500):
            write(batch, self._recorder)

    def _write_consumers(self, listed: Iterable[answers.Consumer]) -> None:
        for batch in batches(listed, 500):
            readings = [Reading(f"/{consumer.consumerid}", self._listed_at, consumer) for consumer in batch]
            write_readings(readings, _consumers, self._recorder)

    # --- consumers and their connections ------------------------------------------------------------------------------

    def _beside(self, present: Collection[str]) -> dict[str, str]:
        """Return consumers that we know and the list lacks, which proves nothing: each is asked for by itself."""
        beside, overlap = {}, False
        for consumerid, name in stored.consumers(self._source):
            if consumerid in present:
                overlap = True
            else:
                beside[consumerid] = name
        if beside and not overlap and len(beside) >= _SUSPICIOUS:
            self._recorder.fail("/consumers", "none of the consumers known is listed: is this another account?")
            return {}
        return beside

    def _connections(self, present: Collection[str], beside: dict[str, str]) -> set[str]:
        """Mirror the connections of these consumers; return the consumers that are there."""
        asked = [*sorted(present), *sorted(beside)]
        self._recorder.expect(len(asked))
        there = set(present)
        with each(asked, partial(self._ask_connections, beside)) as answered:
            for batch in batches(self._sieve.readings(answered, "consumer")):
                there.update(reading.key for reading in batch if reading.answer is not None)
                write_readings(batch, partial(self._conclude_connections, beside), self._recorder)
        return there

    def _ask_connections(self, beside: Collection[str], consumerid: str) -> Reading[Connections]:
        path = f"/consumers/{quote(consumerid, safe='')}/connections"
        ask = partial(self._client.get, path, list[answers.Connection])
        # That the platform does not know a consumer which it has just listed is a fault, and no proof.
        return self._reading(consumerid, _unless_unknown(ask) if consumerid in beside else ask)

    def _conclude_connections(self, beside: dict[str, str], batch: Sequence[Reading[Connections]]) -> list[Record]:
        gone = [_gone(reading.key, beside[reading.key]) for reading in batch if reading.answer is None]
        answered = [
            (reading.key, self._usable(reading.answer, lambda one: key_problem(one.connectionid), "connections"))
            for reading in batch
            if reading.answer is not None
        ]
        flat = [connection for _, connections in answered for connection in connections]
        self._recorder.count(connections=len(flat))
        known = stored.connections(
            self._source, [consumerid for consumerid, _ in answered], [one.connectionid for one in flat]
        )
        records = [*gone, *self._new_connectors(flat)]
        for consumerid, connections in answered:
            records += derive.connections(consumerid, connections, stored=known, trouble=self._trouble)
        return records

    def _new_connectors(self, connections: Iterable[answers.Connection]) -> Iterator[Record]:
        """Yield the connectors that only connections name; one that is stored is left to the list of integrations."""
        connections = list(connections)
        self._connectors |= stored.apis({one.integrationid for one in connections} - self._connectors).keys()
        for connection in connections:
            if connection.integrationid not in self._connectors:
                self._connectors.add(connection.integrationid)
                yield derive.connector_of(connection)

    # --- syncs and activations ----------------------------------------------------------------------------------------

    def _syncs(self, consumerids: set[str], *, everybody: bool) -> None:
        """Mirror the syncs, and the activations of these consumers."""
        listed = self._list("/syncs", list[answers.Sync])
        if listed is None:
            return
        listed = self._usable(listed, lambda one: key_problem(one.syncid), "/syncs")
        if everybody:
            self._recorder.count(syncs=len(listed))
        if self._integrations is not None:
            self._write_syncs(listed)
        by_key = {sync.syncid: sync for sync in listed}
        pairs = {(consumerid, sync.syncid) for sync in listed for consumerid in sync.consumers or ()}
        pairs.update(stored.activation_pairs(self._source, None if everybody else consumerids))
        asked = sorted(pair for pair in pairs if pair[0] in consumerids and pair[1] in by_key)
        self._recorder.expect(len(asked))
        with each(asked, self._ask_activation) as answered:
            named = (("/".join(pair), answer) for pair, answer in answered)
            for batch in batches(self._sieve.readings(named, "activation")):
                write_readings(batch, partial(self._conclude_activations, by_key), self._recorder)

    def _write_syncs(self, listed: Sequence[answers.Sync]) -> None:
        numbers = {slot.connection_type for sync in listed for slot in sync.connections or () if slot.connection_type}
        names = UnifiedApiNames(stored.apis(numbers))
        names.learn(self._integrations or (), listed)
        known = stored.syncs(self._source)
        records = [derive.sync(sync, names) for sync in listed]
        changed = [record for record in records if record != known.get(record["sync"])]
        present = {sync.syncid for sync in listed}
        gone = [
            {"type": "sync", "sync": key, "name": record["name"], "deleted": True}
            for key, record in known.items()
            if key not in present
        ]
        write([*gone, *changed], self._recorder)

    def _ask_activation(self, pair: Pair) -> Reading[ConsumerSync]:
        consumerid, key = pair
        path = f"/consumers/{quote(consumerid, safe='')}/syncs/{quote(key, safe='')}"
        ask = partial(self._client.get, path, answers.ConsumerSync)
        return self._reading("/".join(pair), _unless_unknown(ask))

    def _conclude_activations(
        self, syncs: dict[str, answers.Sync], batch: Sequence[Reading[ConsumerSync]]
    ) -> list[Record]:
        pairs = [_pair(reading.key) for reading in batch]
        known = stored.activations(self._source, pairs)
        records: list[Record | None] = []
        for (consumerid, key), reading in zip(pairs, batch, strict=True):
            before = known.get((consumerid, key))
            if reading.answer is None:
                records.append(derive.no_activation(consumerid, key, stored=before))
                continue
            self._recorder.count(activations=1)
            records.append(
                derive.activation(consumerid, reading.answer, of=syncs[key], stored=before, now=self._recorder.clock())
            )
        return [record for record in records if record is not None]

    # --- errors -------------------------------------------------------------------------------------------------------

    def _errors(self, issues: Sequence[answers.Issue], again: Collection[str] = ()) -> None:
        """Read the events of issues that happened again, or that were asked for."""
        failures = [issue for issue in issues if issue.level == "error"]
        connected = [issue for issue in failures if issue.connection_id]
        self._recorder.count(
            issues=len(issues), warnings=len(issues) - len(failures), unconnected=len(failures) - len(connected)
        )
        oldest = self._recorder.clock() - timedelta(days=settings.EVENT_RETENTION_DAYS)
        dated = ((issue, derive.last_seen_at(issue)) for issue in connected)
        recent = [(issue, at) for issue, at in dated if at is not None and at >= oldest]
        changed = list(chain.from_iterable(self._changed(batch, again) for batch in batches(recent, _ISSUES)))
        self._recorder.expect(len(changed))
        by_id = {str(issue.id): (issue, at) for issue, at in changed}
        with each(sorted(by_id), self._ask_issue) as answered:
            for batch in batches(self._sieve.readings(answered, "issue")):
                self._write_errors([(reading.answer, *by_id[reading.key]) for reading in batch])

    def _changed(self, batch: Sequence[Dated], again: Collection[str]) -> Iterator[Dated]:
        marks = stored.issue_marks(self._source, [str(issue.id) for issue, _ in batch])
        for issue, at in batch:
            mark = marks.get(str(issue.id))
            if mark is None or (issue.occurrences or 0) > mark[0] or at > mark[1] or str(issue.id) in again:
                yield issue, at

    def _ask_issue(self, issue_id: str) -> Reading[answers.IssueDetail]:
        path = f"/issues/{quote(issue_id, safe='')}"
        return self._reading(issue_id, partial(self._client.get, path, answers.IssueDetail))

    def _write_errors(self, batch: Sequence[tuple[answers.IssueDetail, answers.Issue, datetime]]) -> None:
        """Write the errors; an issue whose connection is not known yet is read again by the next run."""
        connected = stored.connections(self._source, [], [str(issue.connection_id) for _, issue, _ in batch])
        usable = [one for one in batch if one[1].connection_id in connected]
        self._recorder.count(unconnected=len(batch) - len(usable))
        records = [record for detail, issue, at in usable for record in _errors(detail, issue, at)]
        outcome = write(records, self._recorder)
        self._recorder.count(errors=outcome.accepted)
        stored.set_issue_marks(self._source, [(issue, at) for _, issue, at in usable])

    def _reading(self, key: str, ask: Callable[[], T]) -> Reading[T]:
        read_at = self._recorder.clock()
        return Reading(key, read_at, ask())


def _issue_problem(issue: answers.Issue) -> str | None:
    ids = [one for one in (issue.consumer_id, issue.connection_id) if one]
    return next(filter(None, [event_id_problem(str(issue.id)), *map(key_problem, ids)]), None)


def _unless_unknown(ask: Callable[[], T]) -> Callable[[], T | None]:
    """Let 404 mean that there is no such thing."""

    def answer() -> T | None:
        try:
            return ask()
        except PlatformError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    return answer


def _consumers(batch: Sequence[Reading[answers.Consumer]]) -> list[Record]:
    return [derive.consumer(reading.answer) for reading in batch]


def _gone(consumerid: str, name: str) -> Record:
    return {"type": "consumer", "consumer": consumerid, "name": name, "deleted": True}


def _pair(key: str) -> Pair:
    consumerid, _, sync = key.partition("/")
    return consumerid, sync


def _errors(detail: answers.IssueDetail, issue: answers.Issue, last_seen_at: datetime) -> list[Record]:
    """Return the errors of an issue; what only its list says stands for what the answer leaves out."""
    detail.connection_id = issue.connection_id
    detail.error = detail.error or issue.error
    return derive.errors(detail, last_seen_at=last_seen_at)
