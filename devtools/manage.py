"""`bin/manage [--data DIR] COMMAND …`: manage.py against a running demo's servers, or those the environment names."""

import os
from typing import NoReturn

from devtools import environment
from devtools.console import Trouble
from devtools.folder import Folder
from devtools.surroundings import with_settings

_SERVERS = ("DATABASE_URL", "REDIS_URL")


def main(arguments: list[str]) -> NoReturn:
    """Become manage.py: the terminal, the working folder and the exit code are its own."""
    named, command = _split(arguments)
    chosen = _settings(Folder.at(named), is_named=named is not None)
    environment.ensure("run")
    argv = [str(environment.PYTHON), str(environment.ROOT / "manage.py"), *command]
    os.execve(argv[0], argv, with_settings(chosen))


def _split(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Take --data from the front; everything behind the command's name belongs to the command."""
    first = arguments[0] if arguments else ""
    if first.startswith("--data="):
        return first.removeprefix("--data="), arguments[1:]
    if first != "--data":
        return None, arguments
    if not arguments[1:]:
        raise Trouble("usage: bin/manage [--data DIR] COMMAND …", exit_code=2)
    return arguments[1], arguments[2:]


def _settings(folder: Folder, *, is_named: bool) -> dict[str, str]:
    """The demo's settings when one runs in the folder, unless only the environment was asked for."""
    named = {name: os.environ[name] for name in _SERVERS if os.environ.get(name)}
    demo = folder.running()
    if demo is not None:
        return demo if is_named else demo | named
    if len(named) < len(_SERVERS):
        raise Trouble(f"No demo runs in {folder.path}: start bin/demo, or set DATABASE_URL and REDIS_URL")
    defaults = {"SECRET_KEY": folder.secret_key(), "PUBLIC_URL": "http://127.0.0.1:8000"}
    return {name: value for name, value in defaults.items() if not _is_set(name)}


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))
