"""Makes a demo's database and files ready; every step may be done again at each start."""

import hashlib
import secrets

from devtools import environment
from devtools.console import Trouble, note
from devtools.folder import Folder
from devtools.processes import Program, attempt
from devtools.surroundings import given, holding

API_KEY = "api-key"
_LOADED = "demo-loaded"
_DATABASE = "database"


def prepare(folder: Folder, settings: dict[str, str], *, is_empty: bool) -> None:
    """Bring files, tables, users and data to where the demo wants them."""
    _notice_another_database(folder)
    note("Preparing the database …")
    _manage(folder, settings, "collectstatic", "--no-input", "--verbosity", "0")
    _manage(folder, settings, "migrate", "--no-input")
    _manage(folder, settings, "create_demo_users")
    if is_empty:
        _make_api_key(folder, settings)
    else:
        _load_demo(folder, settings)


def _notice_another_database(folder: Folder) -> None:
    """What was done once was done to one database: with another DATABASE_URL it is to be done again."""
    address = given().get("DATABASE_URL", "private")
    mark = hashlib.sha256(address.encode()).hexdigest()
    if folder.kept(_DATABASE) != mark:
        folder.forget(API_KEY, _LOADED)
        folder.keep(_DATABASE, mark)


def _load_demo(folder: Folder, settings: dict[str, str]) -> None:
    if folder.kept(_LOADED) is None:
        note("Loading the demo data (once) …")
        _manage(folder, settings, "load_demo")
        folder.keep(_LOADED, "yes")


def _make_api_key(folder: Folder, settings: dict[str, str]) -> None:
    if folder.kept(API_KEY) is not None:
        return
    try:
        key = _create_api_key(folder, settings, "demo")
    except Trouble:  # the name is taken by a key that was never written down
        key = _create_api_key(folder, settings, f"demo {secrets.token_hex(3)}")
    folder.keep(API_KEY, key)


def _create_api_key(folder: Folder, settings: dict[str, str], name: str) -> str:
    return _manage(folder, settings, "create_api_key", name, "--scope", "write").strip()


def _manage(folder: Folder, settings: dict[str, str], *command: str) -> str:
    argv = [str(environment.PYTHON), str(environment.ROOT / "manage.py"), *command]
    name = f"manage.py {command[0]}"
    outcome = attempt(Program(name=name, argv=argv, env=holding(settings), cwd=environment.ROOT))
    if outcome.exit_code:
        log = folder.log("manage")
        log.write_text(outcome.output, encoding="utf-8")
        raise Trouble(f"{name} failed: {_reason(outcome.output)} (see {log})")
    return outcome.printed


def _reason(output: str) -> str:
    """What an error says, in one line without its traceback."""
    lines = output.strip().splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith("  ")]
    return " ".join(line.strip() for line in lines[frames[-1] + 1 if frames else 0 :])
