"""docs/architecture.md: arrows point inward, between rooms as well as between files.

Read from the imports, so that a wrong one cannot slip in.

A room is a package, or a module at the top of a program. ``docs/architecture.md`` says what each is for; here stands
what each may import.
"""

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PROGRAMS = ("mcpserver", "webclient", "mcpbase")
SOURCES = sorted(path for program in PROGRAMS for path in (TOP / program).rglob("*.py"))
SERVICE = [path for path in SOURCES if path.relative_to(TOP).parts[0] == "mcpserver"]
CLIENT = [path for path in SOURCES if path.relative_to(TOP).parts[0] == "webclient"]

AUTHORS = (*PROGRAMS, "mcpserver.testing")
"""Packages that the authors of servers and clients import."""

LARGEST = 16
"""Modules in one folder, ``__init__`` not counted."""
SHORTEST = 5
"""Lines of a package's docstring."""

VALUES = {
    "mcpserver": "attribution busy cache configuration database_url fetching principal secret_file secrets settings "
    "sources values version",
    "webclient": "addresses broadcast cause_code database errors json_text settings sources vault version wire",
    "mcpbase": "addresses base64url bounded json_bounds masking migrations seal shutdown sources",
}
"""Modules at the top of a program that every room of it may import.

They import each other, and what ``ALLOWED`` says of them.
"""

ALLOWED: Mapping[str, str] = {
    "mcpserver": "authoring mcp.interaction mcp.protocol",
    "mcpserver.__main__": "cli",
    "mcpserver.authoring": "cli.commands cli.console compose mcp mcp.protocol store.database testing",
    "mcpserver.settings": "oauth.protocol",
    # the authorization server
    "mcpserver.oauth": "",
    "mcpserver.oauth.discovery": "oauth.authorize oauth.clients oauth.keys oauth.protocol oauth.tokens "
    "oauth.tokens.grants",
    "mcpserver.oauth.protocol": "",
    "mcpserver.oauth.limits": "oauth.protocol",
    "mcpserver.oauth.keys": "oauth.limits oauth.protocol",
    "mcpserver.oauth.clients": "oauth.keys oauth.limits oauth.protocol",
    "mcpserver.oauth.tokens": "accounts oauth.clients oauth.keys oauth.protocol",
    "mcpserver.oauth.tokens.grants": "oauth.keys oauth.protocol oauth.tokens",
    "mcpserver.oauth.authorize": "accounts oauth.clients oauth.keys oauth.protocol oauth.tokens",
    "mcpserver.oauth.resource": "accounts oauth.keys oauth.protocol oauth.tokens processes",
    "mcpserver.accounts": "",
    # MCP
    "mcpserver.mcp": "mcp.features mcp.interaction mcp.protocol mcp.schema mcp.types",
    "mcpserver.mcp.types": "",
    "mcpserver.mcp.schema": "mcp.types",
    "mcpserver.mcp.codec": "mcp.schema mcp.types",
    "mcpserver.mcp.protocol": "mcp.types",
    "mcpserver.mcp.interaction": "mcp.codec mcp.protocol mcp.schema mcp.types",
    "mcpserver.mcp.features": "mcp.codec mcp.interaction mcp.protocol mcp.schema mcp.types",
    "mcpserver.mcp.tasks": "mcp.codec mcp.interaction mcp.protocol",
    "mcpserver.mcp.dispatch": "mcp mcp.features mcp.interaction mcp.protocol mcp.tasks",
    "mcpserver.mcp.legacy": "mcp.dispatch mcp.interaction mcp.protocol mcp.schema",
    # edges
    "mcpserver.transports": "mcp mcp.dispatch mcp.features mcp.legacy mcp.protocol mcp.tasks oauth.keys "
    "oauth.protocol processes transports.http transports.legacy",
    "mcpserver.transports.http": "mcp.features mcp.protocol mcp.types",
    "mcpserver.transports.legacy": "mcp.dispatch mcp.legacy mcp.protocol processes transports.http",
    "mcpserver.transports.stdio": "mcp mcp.dispatch mcp.legacy mcp.protocol",
    "mcpserver.web": "",
    "mcpserver.web.http": "accounts oauth.clients oauth.keys oauth.protocol oauth.resource oauth.tokens store",
    "mcpserver.web.pages": "accounts application oauth.protocol oauth.resource processes store web.http",
    "mcpserver.web.endpoints": "oauth.authorize oauth.clients oauth.limits oauth.protocol oauth.tokens web.http",
    "mcpserver.web.authorization": "oauth.authorize oauth.limits oauth.protocol web.http web.pages",
    "mcpserver.web.well_known": "oauth.discovery oauth.keys oauth.protocol web.http",
    "mcpserver.network": "",
    # what is kept
    "mcpserver.processes": "",
    "mcpserver.store": "store.database store.postgresql store.sqlite store.tables",
    "mcpserver.store.database": "",
    "mcpserver.store.migrations": "store.database",
    "mcpserver.store.tables": "accounts mcp.legacy mcp.tasks oauth.authorize oauth.clients oauth.protocol "
    "processes store.database",
    "mcpserver.store.postgresql": "store.database store.migrations",
    "mcpserver.store.sqlite": "store.database store.migrations store.tables",
    "mcpserver.store.transfer": "store.database store.postgresql store.sqlite store.tables",
    # applications, and the sample of one
    "mcpserver.application": "mcp store.database",
    "mcpserver.notes": "accounts application mcp mcp.protocol store.database web.http web.pages",
    # what joins the parts
    "mcpserver.compose": "accounts application mcp mcp.protocol network oauth.authorize oauth.clients oauth.discovery "
    "oauth.keys oauth.limits oauth.protocol oauth.resource oauth.tokens oauth.tokens.grants processes store transports "
    "transports.http web.authorization web.endpoints web.http web.pages web.well_known",
    "mcpserver.testing": "accounts compose mcp mcp.protocol oauth.protocol",
    "mcpserver.cli": "cli.console store.database",
    "mcpserver.cli.console": "application mcp oauth.keys store",
    "mcpserver.cli.process": "cli.console mcp.protocol transports.stdio web.http",
    "mcpserver.cli.workers": "cli.process store.database",
    "mcpserver.cli.commands": "accounts application cli.console cli.process cli.workers compose mcp mcp.features "
    "notes "
    "oauth.authorize oauth.clients oauth.keys oauth.protocol "
    "oauth.tokens store store.transfer transports.stdio web.pages",
    # the web client
    "webclient": "oauth.protocol program",
    "webclient.__main__": "cli",
    "webclient.app": "assistant fetcher integrations oauth.protocol pages pages.http pages.integration pages.trace "
    "people storage",
    "webclient.settings": "fetcher",
    "webclient.fetcher": "http trace trace.recording",
    "webclient.logging_setup": "",
    "webclient.http": "",
    "webclient.trace": "trace.recording",
    "webclient.trace.recording": "http",
    "webclient.trace.causes": "",
    "webclient.trace.diagnosis": "http trace.causes trace.recording",
    "webclient.trace.display": "trace.diagnosis trace.recording",
    "webclient.oauth.protocol": "",
    "webclient.oauth": "fetcher http oauth.protocol trace",
    "webclient.mcp": "fetcher mcp.messaging mcp.protocol mcp.transports trace",
    "webclient.mcp.protocol": "http trace",
    "webclient.mcp.messaging": "fetcher http mcp.protocol trace trace.recording",
    "webclient.mcp.transports": "fetcher mcp.messaging mcp.protocol trace",
    "webclient.forms": "mcp.protocol",
    "webclient.results": "http storage",
    "webclient.people": "fetcher oauth oauth.protocol",
    "webclient.storage": "oauth oauth.protocol people trace trace.recording",
    "webclient.integrations": "fetcher mcp mcp.protocol oauth oauth.protocol storage trace",
    "webclient.program": "fetcher http mcp mcp.protocol oauth oauth.protocol trace",
    "webclient.assistant": "fetcher forms integrations results storage",
    "webclient.pages": "assistant http integrations oauth pages.http pages.integration people results storage",
    "webclient.pages.http": "assistant integrations people results storage trace.display trace.recording",
    "webclient.pages.integration": "assistant forms integrations mcp oauth oauth.protocol pages.http pages.trace "
    "results storage",
    "webclient.pages.trace": "pages.http storage trace trace.display trace.recording",
    "webclient.cli": "app fetcher forms http logging_setup mcp mcp.protocol oauth.protocol pages.http people program "
    "storage trace trace.diagnosis trace.display trace.recording",
}
"""What each room may import of its own program beside its values: names without the program's."""

JOINING = {"authoring", "cli", "compose", "testing", "__init__", "__main__"}
"""Parts of the service that may import ``compose``."""
NO_HTTP = ("oauth", "accounts", "mcp", "store")
SQL = {"sqlite3", "aiosqlite"}
SQLITE = TOP / "mcpserver" / "store" / "sqlite"
"""The driver, behind ``store/database``: the tables and the seam know no database by name."""


def module_of(path: Path) -> str:
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in SOURCES}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def imports(path: Path) -> Iterator[str]:
    """The full names of what a module imports, whether at its top or in a function."""
    package = path.relative_to(TOP).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                [*package[: len(package) - node.level + 1], *filter(None, [node.module])]
                if node.level
                else [node.module or ""]
            )
            yield from (".".join([*base, alias.name]) for alias in node.names)


def room_of(name: str) -> str:
    """The room that a full name belongs to: the package of its module, or the module itself at the top of a program."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    package = name if name in PACKAGES else name.rpartition(".")[0]
    return name if package in PROGRAMS else package


def arrows() -> dict[str, set[str]]:
    """Which rooms each room imports from."""
    found = defaultdict(set)
    for name, path in MODULES.items():
        for target in imports(path):
            if target.partition(".")[0] in PROGRAMS and room_of(target) != room_of(name):
                found[room_of(name)].add(room_of(target))
    return found


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """Rooms that lead back to themselves, each with those that it cannot be told from."""
    reached = {room: set(targets) for room, targets in graph.items()}
    for middle in list(reached):
        for targets in reached.values():
            if middle in targets:
                targets.update(reached[middle])
    rooms = {
        room: frozenset(other for other in targets if room in reached.get(other, ()))
        for room, targets in reached.items()
        if room in targets
    }
    return [set(circle) for circle in sorted(set(rooms.values()), key=sorted)]


ARROWS = arrows()


@pytest.mark.parametrize("room", sorted({room_of(name) for name in MODULES}))
def test_room_imports_only_what_it_may_know(room: str) -> None:
    program, _, short = room.partition(".")
    values = set(VALUES[program].split())
    assert room in ALLOWED or short in values or program == "mcpbase", "a new room needs its line in the table"
    allowed = {f"{program}.{name}" for name in [*ALLOWED.get(room, "").split(), *values]}
    wrong = {
        target
        for target in ARROWS.get(room, ())
        if target not in allowed and target.partition(".")[0] not in {"mcpbase", "webclient"} - {program}
    }
    assert wrong == set()


def test_table_lists_no_arrow_that_is_gone() -> None:
    """What is allowed is what is there, so that an arrow that went away cannot come back unseen."""
    for room, names in ALLOWED.items():
        program = room.partition(".")[0]
        assert {f"{program}.{name}" for name in names.split()} - ARROWS.get(room, set()) == set(), room


def test_no_circles_between_rooms() -> None:
    assert circles(ARROWS) == []


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_folder_can_be_looked_over(package: str) -> None:
    modules = [path for path in MODULES[package].parent.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= LARGEST


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_package_says_what_is_in_it(package: str) -> None:
    text = ast.get_docstring(ast.parse(MODULES[package].read_text("utf-8"))) or ""
    assert len(text.splitlines()) >= SHORTEST


@pytest.mark.parametrize(
    "package",
    sorted(package for package in PACKAGES if package.partition(".")[0] != "mcpbase" and package not in PROGRAMS),
)
def test_package_says_what_it_may_import(package: str) -> None:
    text = " ".join((ast.get_docstring(ast.parse(MODULES[package].read_text("utf-8"))) or "").split())
    _, found, said = text.partition("It may import ")
    names = set(re.findall(r"``([a-z_.]+)``", said.partition("the value modules")[0]))
    assert (found, names) == ("It may import ", set(ALLOWED.get(package, "").split()))


def test_every_folder_with_modules_is_a_package() -> None:
    assert {path.parent for path in SOURCES} == {MODULES[package].parent for package in PACKAGES}


def part(path: Path) -> str:
    return path.relative_to(TOP / "mcpserver").parts[0].removesuffix(".py")


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
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return MODULES[name]


def test_core_speaks_neither_http_nor_sql() -> None:
    """Not even by what both programs stand on."""
    assert any(name.startswith("aiohttp") for name in beneath("mcpbase.serving.bodies.BodyTooSlow"))
    for path in SERVICE:
        names = set(imports(path)) | {
            other for name in imports(path) if name.startswith("mcpbase.") for other in beneath(name)
        }
        outside = {name.partition(".")[0] for name in names}
        assert part(path) not in NO_HTTP or "aiohttp" not in outside, path
        assert path.parent == SQLITE or not outside & SQL, path


def test_nothing_imports_what_joins_the_parts() -> None:
    """Only ``cli``, the test kit and what authors run may know ``compose``, and nothing knows ``cli`` but the entry
    point, and ``server.run()``, which serves as the command does."""
    for path in SERVICE:
        inside = {name.split(".")[1] for name in imports(path) if name.startswith("mcpserver.") and name.count(".")}
        assert "compose" not in inside or part(path) in JOINING, path
        assert "cli" not in inside or part(path) in ("cli", "__main__", "authoring"), path


def test_nothing_but_the_command_line_knows_the_sample_application() -> None:
    """It is an application like any author's, which ``serve`` and ``demo`` start when they are given no other."""
    assert {room for room, targets in ARROWS.items() if "mcpserver.notes" in targets} == {"mcpserver.cli.commands"}


def test_web_client_imports_nothing_from_the_service() -> None:
    """It has to work with anyone's server."""
    assert CLIENT
    for path in CLIENT:
        assert not [name for name in imports(path) if name.partition(".")[0] == "mcpserver"], path


def test_base_imports_neither_program() -> None:
    for path in SOURCES:
        if path.relative_to(TOP).parts[0] == "mcpbase":
            assert not [name for name in imports(path) if name.partition(".")[0] in ("mcpserver", "webclient")], path


def test_service_imports_the_web_client_in_the_demo_only() -> None:
    users = {path.name for path in SERVICE for name in imports(path) if name.partition(".")[0] == "webclient"}
    assert users == {"demo.py"}


def test_wrong_arrow_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of imports understands every way of writing one."""
    monkeypatch.setattr("tests.test_arrows.TOP", tmp_path)
    module = tmp_path / "mcpserver" / "oauth" / "wrong.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        "import aiohttp.web\nfrom ..web import pages\nfrom . import keys\nfrom ..compose.app import create_app\ndef "
        "f():\n    from mcpserver.cli import main\n"
    )
    assert sorted(imports(module)) == [
        "aiohttp.web",
        "mcpserver.cli.main",
        "mcpserver.compose.app.create_app",
        "mcpserver.oauth.keys",
        "mcpserver.web.pages",
    ]


def test_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]


def passed_by(name: str, path: Path) -> Iterator[str]:
    """What a module imports from inside another room, where it should ask at that room's door."""
    package = path.relative_to(TOP).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            sources = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            sources = [".".join([*base, *filter(None, [node.module])])]
        else:
            continue
        for source in sources:
            inside = source in MODULES and source not in PACKAGES and source.count(".") > 1
            if inside and room_of(source) != room_of(name):
                yield source


@pytest.mark.parametrize("name", sorted(MODULES))
def test_neighbours_import_from_the_package(name: str) -> None:
    """Not from its modules, so that those may be split and merged; ``__all__`` of the package is what others may
    use.
    """
    assert list(passed_by(name, MODULES[name])) == []


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_package_exports_nothing_that_nobody_imports(package: str) -> None:
    """Neighbours or tests do; what authors import is for the documents to show."""
    exported = set(importlib.import_module(package).__dict__.get("__all__", ()))
    assert package in AUTHORS or exported <= imported_from(package)


@cache
def imported_names() -> frozenset[str]:
    return frozenset(
        name
        for path in [*SOURCES, *(TOP / "tests").rglob("*.py"), *(TOP / "benchmarks").rglob("*.py")]
        for name in imports(path)
    )


def imported_from(package: str) -> set[str]:
    return {name.rpartition(".")[2] for name in imported_names() if name.rpartition(".")[0] == package}
