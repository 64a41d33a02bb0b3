"""The layers of docs/architecture.md hold: imports point down, never up, never sideways, never inside a function."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LAYERS: dict[str, set[str]] = {
    "common": set(),
    "accounts": {"common"},
    "sources": {"common"},
    "consumers": {"sources", "common"},
    "connections": {"consumers", "sources", "common"},
    "syncs": {"connections", "consumers", "sources", "common"},
    "ingest": {"syncs", "connections", "consumers", "sources", "accounts", "common"},
    "dashboard": {"ingest", "syncs", "connections", "consumers", "sources", "accounts", "common"},
}
# Of ingest, the dashboard may know only what it offers to it: its services, and what the API documents of records.
OFFERED_BY_INGEST = {"ingest.services", "ingest.schema", "ingest.urls"}


def modules(app: str) -> Iterator[Path]:
    return (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def imported(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            # `from ingest import services` is an import of ingest.services.
            is_app = node.module in LAYERS
            yield from ((node, f"{node.module}.{alias.name}" if is_app else node.module or "") for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name


@pytest.mark.parametrize("app", LAYERS)
def test_imports_point_down(app):
    wrong = []
    for path in modules(app):
        for node, module in imported(ast.parse(path.read_text())):
            top = module.split(".")[0]
            if top == "connmon" or (top in LAYERS and top != app and top not in LAYERS[app]):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {module}")
    assert not wrong


@pytest.mark.parametrize("app", LAYERS)
def test_no_import_hides_in_a_function(app):
    hidden = []
    for path in modules(app):
        tree = ast.parse(path.read_text())
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden += [f"{path.relative_to(ROOT)}:{node.lineno}" for node, _ in imported(function)]
    assert not hidden


def test_dashboard_knows_only_what_ingest_offers():
    wrong = []
    for path in modules("dashboard"):
        for node, module in imported(ast.parse(path.read_text())):
            if module.startswith("ingest") and module not in OFFERED_BY_INGEST:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {module}")
    assert not wrong


def test_only_dashboard_writes_the_audit_log():
    writers = []
    for app in LAYERS:
        for path in modules(app):
            names = {module for _, module in imported(ast.parse(path.read_text()))}
            if "accounts.audit" in names and app != "dashboard":
                writers.append(str(path.relative_to(ROOT)))
    assert not writers


def test_only_the_event_store_writes_events():
    """It composes its statements and leaves a mark with them; a writer beside it would leave none."""
    by_sql = r"(INSERT INTO|UPDATE|COPY) connections_(activity|error)event"
    by_model = r"(?<!class )(Activity|Error)Event(\(|\.objects\.\w*create)"
    writing = re.compile(f"{by_sql}|{by_model}", re.IGNORECASE)
    assert not [path for app in LAYERS for path in modules(app) if writing.search(path.read_text())]


def test_common_has_no_models():
    assert not (ROOT / "common" / "models.py").exists()
    assert not (ROOT / "common" / "migrations").exists()


def test_every_app_is_in_a_layer():
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert apps == set(LAYERS)


def test_no_module_is_called_utils():
    assert not [path for app in LAYERS for path in modules(app) if path.stem in {"utils", "helpers", "misc"}]


# What answers for the database itself, on the primary.
ON_THE_PRIMARY = {"operations.py"}


def test_pages_read_from_where_their_request_reads():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("dashboard")
        if path.name not in ON_THE_PRIMARY
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.db"
        for alias in node.names
        if alias.name in {"connection", "connections"}
    ]
    assert not wrong, "use common.reading.db(), or a replica is never read"
