"""docs/architecture.md: arrows point inward. Read from the imports, so that a wrong one cannot slip in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
BASE = sorted((TOP / "mcpbase").rglob("*.py"))
SERVICE = sorted((TOP / "mcpserver").rglob("*.py"))
CLIENT = sorted((TOP / "webclient").rglob("*.py"))

VALUES = {"busy", "cache", "fetching", "masking", "principal", "sources", "settings", "values"}
"""What every part may know."""

ALLOWED = {
    "oauth": {"oauth", "accounts.models"},
    "accounts": {"accounts", "oauth.secrets"},
    "mcp": {"mcp"},
    "store": {
        "store",
        "oauth.client_assertion",
        "oauth.models",
        "oauth.pushed",
        "oauth.registration_store",
        "oauth.store",
        "oauth.workload",
        "accounts.models",
        "accounts.store",
        "notes.models",
        "notes.store",
        "mcp.sessions",
        "mcp.task_records",
    },
    "network": {"network"},
    "transports": {"transports", "attribution", "mcp", "oauth"},
    "web": {"web", "attribution", "oauth", "accounts", "store"},
    "notes": {"notes", "oauth", "accounts", "mcp", "web"},
}
"""What each part may know beside ``VALUES``. ``app`` and ``JOINING``, which join the parts, may know all of them."""

JOINING = {"authoring", "borrowed", "cli", "mounting", "testing"}

NO_HTTP = ("oauth", "accounts", "mcp", "store")
SQL = {"sqlite3", "aiosqlite"}


def imports(path: Path) -> Iterator[str]:
    """The full names of what a module imports, whether at its top or in a function."""
    package = path.relative_to(TOP).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1], *filter(None, [node.module])] if node.level else [node.module or ""]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def part(path: Path) -> str:
    return path.relative_to(TOP / "mcpserver").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SERVICE, ids=lambda path: str(path.relative_to(TOP)))
def test_module_imports_only_what_its_part_may_know(path: Path) -> None:
    allowed = ALLOWED.get(part(path))
    if allowed is None:
        return
    names = [name.removeprefix("mcpserver.") for name in imports(path) if name.startswith("mcpserver.")]
    wrong = [name for name in names if not any(f"{name}.".startswith(f"{known}.") for known in allowed | VALUES)]
    assert wrong == []


def beneath(name: str) -> set[str]:
    """What a name of ``mcpbase`` imports from elsewhere, by itself or by others of the package."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in seen and each.startswith("mcpbase."):
            waiting += imports(file_of(each))
        seen.add(each)
    return {each for each in seen if not each.startswith("mcpbase.")}


def file_of(name: str) -> Path:
    """Of the module that a full name leads to, or that has what it names."""
    place = TOP.joinpath(*name.split("."))
    found = next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
    return found or file_of(name.rpartition(".")[0])


def test_what_both_programs_stand_on_knows_neither() -> None:
    assert BASE
    for path in BASE:
        assert not {name.partition(".")[0] for name in imports(path)} & {"mcpserver", "webclient"}, path


def test_core_speaks_neither_http_nor_sql() -> None:
    """Not even by what both programs stand on."""
    assert any(name.startswith("aiohttp") for name in beneath("mcpbase.serving.bodies.BodyTooSlow"))
    for path in SERVICE:
        names = set(imports(path)) | {other for name in imports(path) if name.startswith("mcpbase.") for other in beneath(name)}
        outside = {name.partition(".")[0] for name in names}
        assert part(path) not in NO_HTTP or "aiohttp" not in outside, path
        assert part(path) == "store" or not outside & SQL, path


def test_every_part_has_its_rule() -> None:
    parts = {path.name for path in (TOP / "mcpserver").iterdir() if (path / "__init__.py").is_file()}
    assert parts - JOINING == set(ALLOWED)


def test_nothing_imports_what_joins_the_parts() -> None:
    """Only ``cli``, the test kit and what authors run may know ``app``, and nothing knows ``cli`` but the entry point,
    and ``server.run()``, which serves as the command does."""
    for path in SERVICE:
        inside = {name.split(".")[1] for name in imports(path) if name.startswith("mcpserver.") and name.count(".")}
        assert "app" not in inside or part(path) in JOINING, path
        assert "cli" not in inside or part(path) in ("cli", "__main__", "authoring"), path


def test_web_client_imports_nothing_from_the_service() -> None:
    """It has to work with anyone's server."""
    assert CLIENT
    for path in CLIENT:
        assert not [name for name in imports(path) if name.partition(".")[0] == "mcpserver"], path


def test_service_imports_the_web_client_in_the_demo_only() -> None:
    users = {path.name for path in SERVICE for name in imports(path) if name.partition(".")[0] == "webclient"}
    assert users == {"demo.py"}


def test_wrong_arrow_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of imports understands every way of writing one."""
    monkeypatch.setattr("tests.test_arrows.TOP", tmp_path)
    module = tmp_path / "mcpserver" / "oauth" / "wrong.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "import aiohttp.web\nfrom ..web import pages\nfrom . import keys\nfrom ..app import create_app\ndef f():\n    from mcpserver.cli import main\n"
    )
    assert sorted(imports(module)) == ["aiohttp.web", "mcpserver.app.create_app", "mcpserver.cli.main", "mcpserver.oauth.keys", "mcpserver.web.pages"]
