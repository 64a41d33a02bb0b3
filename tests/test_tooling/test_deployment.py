"""What is deployed agrees with the code: variables, commands, files, locks."""

import ast
import re
from typing import Any

import pytest
import yaml

from devtools.environment import ROOT
from devtools.surroundings import SETTINGS

SETTINGS_SOURCE = ast.parse((ROOT / "connmon" / "settings.py").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
OURS = ("migrate", "web", "worker", "beat")


def read_by_settings() -> set[str]:
    """Every NAME of an env.reader("NAME", …) in the settings."""
    calls = (node for node in ast.walk(SETTINGS_SOURCE) if isinstance(node, ast.Call))
    return {ast.literal_eval(call.args[0]) for call in calls if re.match(r"env\.(?!refuse)", ast.unparse(call.func))}


def without_file(name: str) -> str:
    return name.removesuffix("_FILE")


def images() -> list[str]:
    in_compose = [service["image"] for service in COMPOSE["services"].values()]
    return re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) + in_compose


def test_the_settings_read_what_the_commands_pass_on():
    assert read_by_settings() == set(SETTINGS)


def test_the_example_names_every_variable_and_no_other():
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == set(SETTINGS)


@pytest.mark.parametrize("service", OURS)
def test_compose_sets_only_what_the_settings_read(service):
    names = {without_file(name) for name in COMPOSE["services"][service]["environment"]}
    # The image collects its files at build time; DEBUG is for development; one machine has no replica.
    assert names == set(SETTINGS) - {"STATIC_ROOT", "DEBUG", "DATABASE_REPLICA_URL"}


def test_compose_asks_its_own_environment_only_for_settings():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked <= set(SETTINGS)


def test_secrets_come_from_files_only():
    for service in COMPOSE["services"].values():
        environment = service.get("environment", {})
        for secret in ("SECRET_KEY", "DATABASE_URL", "POSTGRES_PASSWORD"):
            assert secret not in environment
        files = {value for name, value in environment.items() if name.endswith("_FILE")}
        assert files <= {f"/run/secrets/{name}" for name in service.get("secrets", [])}
    used = {name for service in COMPOSE["services"].values() for name in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_secrets_stay_out_of_git_and_of_the_image():
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_there_is_exactly_one_beat():
    commands = [" ".join(service.get("command", [])) for service in COMPOSE["services"].values()]
    assert sum("beat" in command.split() for command in commands) == 1
    assert not any("--beat" in command for command in commands)
    assert "deploy" not in COMPOSE["services"]["beat"]


def test_services_wait_for_what_they_need():
    for service in ("web", "worker", "beat"):
        conditions = {name: each["condition"] for name, each in COMPOSE["services"][service]["depends_on"].items()}
        assert conditions == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }
    assert COMPOSE["services"]["migrate"]["restart"] == "no"
    assert all("healthcheck" in COMPOSE["services"][name] for name in ("postgres", "redis", "worker"))
    assert "HEALTHCHECK" in DOCKERFILE


@pytest.mark.parametrize("image", images())
def test_images_are_pinned_by_version(image):
    assert image == "connmon:local" or re.search(r":\d+\.\d+", image)
    assert "latest" not in image


@pytest.mark.parametrize("service", OURS)
def test_every_command_exists(service):
    command = COMPOSE["services"][service].get("command", ["gunicorn", "connmon.wsgi:application"])
    if command[0] == "python":
        assert (ROOT / command[1]).is_file()
    else:
        run_lock = (ROOT / "requirements" / "run.lock").read_text()
        assert f"\n{command[0]}==" in run_lock
    assert 'CMD ["gunicorn", "connmon.wsgi:application"' in DOCKERFILE


def test_every_copied_file_exists_and_reaches_the_build():
    sources = re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE)
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(sources) == let_through
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_app_is_in_the_image():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert apps <= set(re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE))


def test_the_image_runs_as_an_ordinary_user():
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["10001"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_host(lock):
    text = lock.read_text()
    for word in ("://", "--index-url", "--extra-index-url", "--find-links", "file:", " @ "):
        assert word not in text
    requirements = re.findall(r"^[a-z0-9].*", text, re.MULTILINE)
    assert requirements
    assert all(re.match(r"[a-z0-9.-]+==\S+ .*\\$", line) for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)


def test_every_lock_has_its_source():
    assert {lock.stem for lock in LOCKS} == {"run", "test", "lint", "servers"}
    assert all(lock.with_suffix(".in").is_file() for lock in LOCKS)
