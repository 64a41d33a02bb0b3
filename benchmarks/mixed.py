"""How pages fare while records come in."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from tempfile import TemporaryDirectory
from threading import Event

from django.utils import timezone

from benchmarks import data, feed
from benchmarks.ingest import post, post_all
from benchmarks.measure import ROUNDS, Figure, figure, quantile95, seconds
from benchmarks.web import Server, Visitor, web_server
from sources.services import create_key

_WORKERS = 2
_PAGES = ("/", "/consumers/", "/connections/?status=failed", "/consumers/by-sync/", "/flows/", "/syncs/")


def mixed(scale: data.Scale) -> Figure:
    """P95 of pages while records come in at half of what can come in at most / p95 of the same pages without."""
    visitor, keys = Visitor(), feed.keys()
    _, key = create_key(name=f"mixed {timezone.now()}", scope="write", now=timezone.now())
    with web_server(workers=_WORKERS) as server, _worker():
        bodies = [feed.as_array(feed.events(keys)) for _ in range(scale.batches)]
        limit = len(bodies) / seconds(lambda: post_all(server.address, key, map(feed.renewed, bodies)))
        ratios, idles = [], []
        for _ in range(ROUNDS + 1):
            idles.append(_p95(visitor, scale.laps))
            with _posting(server, key, bodies, every=2 / limit):
                ratios.append(_p95(visitor, scale.laps) / idles[-1])
    idle = 1_000 * statistics.median(idles[1:])
    note = f"{limit * feed.BATCH / 2:,.0f} events a second beside {_WORKERS} web workers; idle p95 {idle:.0f} ms"
    return figure("mixed", ratios[1:], goal="≤ 2", note=note)


def _p95(visitor: Visitor, laps: int) -> float:
    return quantile95([seconds(partial(visitor.get, page)) for page in _PAGES * laps])


@contextmanager
def _posting(server: Server, key: str, bodies: list[bytes], *, every: float) -> Iterator[None]:
    """Post a batch every so many seconds, each with ids of its own."""
    stop = Event()

    def work() -> None:
        due = time.monotonic()
        for body in cycle(bodies):
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            post(server.address, key, feed.renewed(body))
            due += every

    with ThreadPoolExecutor(1) as thread:
        posted = thread.submit(work)
        try:
            yield
        finally:
            stop.set()
            posted.result()


@contextmanager
def _worker() -> Iterator[None]:
    """Run a Celery worker with beat, so that the sums follow as for real."""
    with TemporaryDirectory() as folder:
        options = ["--beat", f"--schedule={folder}/beat", "--concurrency=1", "--loglevel=ERROR"]
        command = [sys.executable, "-m", "celery", "-A", "connmon", "worker", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait()
