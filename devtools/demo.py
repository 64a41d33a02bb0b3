"""`bin/demo [--empty] [--port N] [--data DIR]`: connmon with private servers, on this machine, until Ctrl-C."""

import argparse
import http.client
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from devtools import environment, preparation, servers
from devtools.console import Trouble, note, say
from devtools.folder import Folder
from devtools.processes import Program, Stopped, ignore_signals, start
from devtools.servers import Child
from devtools.surroundings import given, holding

_HOST = "127.0.0.1"
_LAST_PORT = 65_535
_WEB_PROCESSES = "3"
_WORKER_PROCESSES = "2"
_CELERY = ("-m", "celery", "-A", "connmon")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Trouble(f"bin/demo: {message} (usage: bin/demo [--empty] [--port N] [--data DIR])", exit_code=2)


def main(arguments: list[str]) -> int:
    """Run the demo until somebody stops it."""
    options = _options(arguments)
    folder = Folder.at(options.data)
    try:
        with ExitStack() as stack:
            children = _start(stack, folder, options.port, is_empty=options.empty)
            say(f"connmon is ready at http://{_HOST}:{options.port}")
            _watch(children)
    except Stopped:
        note("connmon has stopped.")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="bin/demo", description="Run connmon on this machine, with private servers, until Ctrl-C.")
    parser.add_argument(
        "--empty", action="store_true", help="start without demo data, with an API key to send your own"
    )
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="the port on 127.0.0.1 (8000)")
    parser.add_argument("--data", metavar="DIR", help="where to keep the demo's state (var in the checkout)")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= _LAST_PORT:
        parser.error(f"--port must be a number from 1 to {_LAST_PORT}, not {options.port}")
    return options


def _start(stack: ExitStack, folder: Folder, port: int, *, is_empty: bool) -> list[Child]:
    stack.enter_context(folder.held())
    _check_port(port)
    environment.ensure("run")
    _remove_sockets(folder)
    sockets = stack.enter_context(servers.temporary_folder())
    folder.keep("sockets", str(sockets))
    running = stack.enter_context(servers.private(folder.path, sockets=sockets, durable=True))
    settings = _settings(folder, port) | running.urls
    stack.enter_context(folder.announced(settings))
    preparation.prepare(folder, settings, is_empty=is_empty)
    programs = stack.enter_context(_ending_together())
    programs.append(_web(folder, port, settings))
    programs.append(_worker(folder, port, settings))
    programs.append(_beat(folder, settings))
    programs[0].wait()
    _introduce(folder, is_empty=is_empty)
    return [*running.children, *programs]


@contextmanager
def _ending_together() -> Iterator[list[Child]]:
    """End web, worker and scheduler at the same time, before the servers they use."""
    programs: list[Child] = []
    try:
        yield programs
    finally:
        ignore_signals()
        for child in programs:
            child.ask()
        for child in programs:
            child.end()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise Trouble(f"Port {port} can not be used: {error.strerror} (choose another with --port N)") from error


def _remove_sockets(folder: Folder) -> None:
    """Remove what a demo that was killed could not."""
    left = folder.kept("sockets")
    if left and Path(left).name.startswith(servers.TEMPORARY):
        shutil.rmtree(left, ignore_errors=True)


def _settings(folder: Folder, port: int) -> dict[str, str]:
    own = {"SECRET_KEY": folder.secret_key()} | given()
    fixed = {
        "PUBLIC_URL": f"http://{_HOST}:{port}",
        "DEBUG": "false",
        "STATIC_ROOT": str(folder.path / "static"),
    }
    return own | fixed


def _web(folder: Folder, port: int, settings: dict[str, str]) -> Child:
    options = {
        "bind": f"{_HOST}:{port}",
        "workers": _WEB_PROCESSES,
        "timeout": "60",
        "graceful-timeout": "4",
        "access-logfile": str(folder.log("access")),
    }
    argv = ["-m", "gunicorn", "connmon.wsgi:application", "--no-control-socket"]
    argv += [f"--{name}={value}" for name, value in options.items()]
    # Orphaned, it is told to end at once: it takes its processes along.
    program = _program("The web server", folder.log("web"), argv, settings, signal.SIGQUIT)
    how = ((signal.SIGTERM, 5.0), (signal.SIGQUIT, 3.0))
    return Child(program.name, start(program), folder.log("web"), how, lambda: _is_healthy(port))


def _worker(folder: Folder, port: int, settings: dict[str, str]) -> Child:
    argv = [*_CELERY, "worker", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    argv += [f"--concurrency={_WORKER_PROCESSES}", f"--hostname=demo-{port}@%h"]
    # Killed outright when orphaned: its Redis is gone by then. The processes of its pool follow it by themselves.
    program = _program("The worker", folder.log("worker"), argv, settings, signal.SIGKILL)
    how = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 4.0))
    return Child(program.name, start(program), folder.log("worker"), how, lambda: True)


def _beat(folder: Folder, settings: dict[str, str]) -> Child:
    argv = [*_CELERY, "beat", "--loglevel=WARNING", f"--schedule={folder.path / 'beat-schedule'}", "--pidfile="]
    program = _program("The scheduler", folder.log("beat"), argv, settings, signal.SIGKILL)
    return Child(program.name, start(program), folder.log("beat"), ((signal.SIGTERM, 4.0),), lambda: True)


def _program(name: str, log: Path, argv: list[str], settings: dict[str, str], orphaned: signal.Signals) -> Program:
    return Program(
        name=name,
        argv=[str(environment.PYTHON), *argv],
        env=holding(settings),
        cwd=environment.ROOT,
        log=log,
        umask=0o077,
        orphaned=orphaned,
    )


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _introduce(folder: Folder, *, is_empty: bool) -> None:
    say("Sign in as viewer, operator or admin, with the password demo.")
    if is_empty:
        say(f"API key: {folder.kept(preparation.API_KEY)}")


def _watch(children: list[Child]) -> NoReturn:
    """Wait; a child that ends by itself ends the demo."""
    while True:
        time.sleep(0.3)
        for child in children:
            if child.process.poll() is not None:
                raise Trouble(f"Stopping, because something ended by itself. {child.report()}")
