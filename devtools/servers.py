"""Private PostgreSQL and Redis servers: unix sockets only, no port, gone with the process that started them."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devtools import binaries
from devtools.console import Trouble
from devtools.processes import Account, Program, end, ignore_signals, last_lines, run, start
from devtools.surroundings import SERVERS, given, holding

# Unix socket paths end at 107 bytes, so sockets never lie in the checkout, and TMPDIR is not asked.
_SHORT = "/tmp"
TEMPORARY = "connmon-"
_SECONDS_TO_START = 90
_CARELESS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class Child:
    """A process in the background; how is what makes it end, step by step: a signal and the seconds it gets."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    how: tuple[tuple[signal.Signals, float], ...]
    is_ready: Callable[[], bool]

    def wait(self) -> None:
        """Wait until it is ready to serve."""
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self.is_ready():
            if self.process.poll() is not None:
                raise Trouble(self.report())
            if time.monotonic() > deadline:
                raise Trouble(f"{self.name} did not start in {_SECONDS_TO_START} seconds; see {self.log}")
            time.sleep(0.05)

    def ask(self) -> None:
        """Ask it to end, without waiting."""
        self.process.send_signal(self.how[0][0])

    def end(self) -> None:
        """End it and whatever it started."""
        end(self.process, *self.how)

    def report(self) -> str:
        """Say how it ended and what it said last."""
        return f"{self.name} ended with code {self.process.poll()}:\n{last_lines(self.log.read_text(errors='replace'))}"


@dataclass(frozen=True)
class Servers:
    """The addresses of a database and a Redis, and the processes behind them where they are private."""

    urls: dict[str, str]
    children: list[Child] = field(default_factory=list)

    def surroundings(self) -> dict[str, str]:
        """An environment for connmon on these servers, with nothing else chosen."""
        return holding(self.urls | {"SECRET_KEY": secrets.token_hex(32), "PUBLIC_URL": "http://127.0.0.1:8000"})


@contextmanager
def throw_away(*, durable: bool = False) -> Iterator[Servers]:
    """Run empty servers in a temporary folder; durable ones write to disk as in production."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        yield stack.enter_context(private(folder, sockets=folder, durable=durable))


@contextmanager
def private(data: Path, *, sockets: Path, durable: bool) -> Iterator[Servers]:
    """Run the servers that the environment does not name, with their data and logs in one folder."""
    servers = Servers({name: value for name, value in given().items() if name in SERVERS})
    try:
        if "DATABASE_URL" not in servers.urls:
            servers.children.append(postgres(data, sockets, durable=durable))
            servers.children[-1].wait()
            servers.urls["DATABASE_URL"] = postgres_url(sockets)
        if "REDIS_URL" not in servers.urls:
            servers.children.append(_redis(data, sockets, durable=durable))
            servers.children[-1].wait()
            servers.urls["REDIS_URL"] = f"unix://{sockets / 'redis.sock'}?db=0"
        yield servers
    finally:
        ignore_signals()
        for child in reversed(servers.children):
            child.end()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a short folder for sockets that another user may pass through but not list; remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=_SHORT))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        ignore_signals()
        shutil.rmtree(folder, ignore_errors=True)


def _log(data: Path, name: str) -> Path:
    folder = data / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.log"


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def postgres(data: Path, sockets: Path, *, durable: bool) -> Child:
    """Start a server on the cluster in a folder; where there is none, an empty one is made."""
    cluster = data / "postgres"
    account = _account(cluster)
    programs = binaries.postgres(account, _cluster_version(cluster))
    if not cluster.exists():
        _create_cluster(programs, cluster, account)
    _clear_leftover(cluster)
    if not (sockets / "pg").exists():
        _own_folder(sockets / "pg", account)
    options = ["-k", str(sockets / "pg"), "-c", "listen_addresses=", *(() if durable else _CARELESS)]
    log = _log(data, "postgres")
    with _opened(cluster) as (descriptor, name):
        process = start(
            Program(
                name="PostgreSQL",
                argv=[str(programs.folder / "postgres"), "-D", name, *options],
                account=account,
                pass_fds=(descriptor,),
                log=log,
                orphaned=signal.SIGQUIT,  # at once; the next start recovers
            )
        )
    how = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 6.0))
    return Child("PostgreSQL", process, log, how, lambda: _postmaster(cluster) == (process.pid, "ready"))


def postgres_url(sockets: Path) -> str:
    """Return the address of the server that has its socket there."""
    return f"postgresql://connmon@/connmon?host={sockets / 'pg'}"


def follow(data: Path, *, sockets: Path) -> None:
    """Make the cluster of a folder: a copy of the server that has its socket there, which follows it once started."""
    cluster, draft = data / "postgres", data / "postgres.new"
    account = _account(cluster)
    programs = binaries.postgres(account, None)
    _own_folder(draft, account)
    # In PATH there may be links to only some of the programs.
    program = (programs.folder / "postgres").resolve().with_name("pg_basebackup")
    options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", f"--dbname={postgres_url(sockets)}"]
    with _opened(draft) as (descriptor, name):
        argv = [str(program), "-D", name, *options]
        run(Program(name="pg_basebackup", argv=argv, account=account, pass_fds=(descriptor,)))
    draft.rename(cluster)


def _account(cluster: Path) -> Account | None:
    """PostgreSQL refuses to run as root: use the cluster's owner, or postgres, or nobody."""
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    users = {each.pw_name: each for each in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return Account(user.pw_uid, user.pw_gid)


def _cluster_version(cluster: Path) -> int | None:
    if not cluster.exists():
        return None
    try:
        return int((cluster / "PG_VERSION").read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Trouble(f"{cluster} is not a database folder that can be used: {error}") from error


def _create_cluster(programs: binaries.PostgresPrograms, cluster: Path, account: Account | None) -> None:
    """Make the cluster under another name first: half a cluster must never look like one."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    _own_folder(draft, account)
    initdb = ["--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", "--username=connmon", "--no-sync"]
    with _opened(draft) as (descriptor, name):
        for what, argv, text in (
            ("initdb", ["initdb", "-D", name, *initdb], ""),
            ("CREATE DATABASE", ["postgres", "--single", "-D", name, "postgres"], "CREATE DATABASE connmon\n"),
        ):
            program = [str(programs.folder / argv[0]), *argv[1:]]
            run(Program(name=what, argv=program, account=account, pass_fds=(descriptor,)), text)
    draft.rename(cluster)


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[int, str]]:
    """Hand a folder to PostgreSQL as an open file: its user need not be able to pass the folders above it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor, f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _own_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700)
    if account:
        os.chown(folder, account.uid, account.gid)


def _postmaster(cluster: Path) -> tuple[int, str]:
    """Read the process and its state from postmaster.pid; (0, "") when there is none."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0, ""
    pid, state = lines[:1], lines[7:8]  # as PostgreSQL lays the file out
    return int(*pid) if pid and pid[0].isdigit() else 0, "".join(state).strip()


def _clear_leftover(cluster: Path) -> None:
    """Wait for a server that a killed command left on this cluster (we hold its lock), then forget about it."""
    pid, _ = _postmaster(cluster)
    deadline = time.monotonic() + _SECONDS_TO_START
    while pid and _works_in(pid, cluster):
        if time.monotonic() > deadline:
            raise Trouble(f"Another PostgreSQL (process {pid}) is running on {cluster}")
        time.sleep(0.1)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


# --- Redis ------------------------------------------------------------------------------------------------------------


def _redis(data: Path, sockets: Path, *, durable: bool) -> Child:
    folder, log, address = data / "redis", _log(data, "redis"), sockets / "redis.sock"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes" if durable else "no",
    }
    argv = [str(binaries.redis()), *(part for name, value in options.items() for part in (f"--{name}", value))]
    process = start(Program(name="Redis", argv=argv, log=log))
    return Child("Redis", process, log, ((signal.SIGTERM, 5.0),), lambda: _answers(address))


def _answers(address: Path) -> bool:
    """Whether Redis says PONG: it listens before it has read its data."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
