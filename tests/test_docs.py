"""What the documentation says exists, and what exists is documented."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from attrs import fields_dict

from mcpbase.settings.loader import flag
from mcpserver.cli import main
from mcpserver.configuration import variable
from mcpserver.settings import Settings, catalog

TOP = Path(__file__).parent.parent
DOCUMENTS = [TOP / "README.md", TOP / "CHANGELOG.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))]
SOURCES = ("benchmarks", "examples", "mcpbase", "mcpserver", "requirements", "tests", "webclient")


@pytest.mark.parametrize("name", list(catalog()))
def test_setting_is_documented_with_flag_variable_default_and_what_it_accepts(name: str) -> None:
    about, text = catalog()[name], (TOP / "docs" / "settings.md").read_text("utf-8")
    row = next((line for line in text.splitlines() if line.startswith(f"| `{name}` |")), "")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == ("-" if about.private else f"`{flag(name)}`")
    assert cells[2] == f"`{variable(name)}`"
    assert cells[4:] == [about.text, about.kind.accepts]
    default = fields_dict(Settings)[name].default
    if isinstance(default, bool):
        assert cells[3] == ("`on`" if default else "`off`")
    elif isinstance(default, str | int):
        assert cells[3] == f"`{default}`"


def test_documented_settings_exist() -> None:
    text = (TOP / "docs" / "settings.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == set(catalog())


def commands(group: click.Group, path: str = "mcpserver") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


@pytest.mark.parametrize(
    ("path", "command"),
    [pair for pair in commands(main) if not isinstance(pair[1], click.Group)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_command_is_documented_and_helpful(path: str, command: click.Command) -> None:
    assert f"`{path}" in (TOP / "docs" / "cli.md").read_text("utf-8")
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_options_of_the_commands_are_documented() -> None:
    """Those that are settings have their own page."""
    text = (TOP / "docs" / "cli.md").read_text("utf-8")
    settings = {flag(name) for name in catalog()} | {"--config"}
    for path, command in commands(main):
        shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        for option in {name for parameter in shown for name in parameter.opts if name.startswith("--")} - settings:
            assert option in text, f"{path} {option}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text("utf-8")):
        assert "://" in target or (document.parent / target).exists(), target


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=lambda path: path.name
)
def test_modules_that_a_document_names_exist(document: Path) -> None:
    """By the end of the path: what it lies below may be clear from the text."""
    paths = [f"/{path.relative_to(TOP).as_posix()}" for folder in SOURCES for path in (TOP / folder).rglob("*.py")]
    for name in re.findall(r"`([a-z0-9_/]+/[a-z0-9_]+\.py)`", document.read_text("utf-8")):
        assert any(path.endswith(f"/{name}") for path in paths), name


def test_tests_named_in_the_table_of_specifications_exist() -> None:
    """docs/oauth.md: a file of tests, or the id of a row of attacks that has tests."""
    table = (TOP / "docs" / "oauth.md").read_text("utf-8").partition("## Specifications")[2]
    cells = [
        line.split("|")[4]
        for line in table.splitlines()
        if line.startswith("| ") and not line.startswith("| specification")
    ]
    attacks = "".join(path.read_text("utf-8") for path in (TOP / "tests" / "attacks").glob("test_*.py"))
    assert len(cells) > 30
    for cell in cells:
        for name in re.findall(r"`([\w/.]+)`", cell):
            assert (TOP / "tests" / name).exists(), name
        for row in re.findall(r"\b([A-Z]\d+)\b", cell):
            assert f"def test_{row.lower()}_" in attacks, row


def test_readme_shows_the_example_that_works() -> None:
    code = (TOP / "examples" / "greetings.py").read_text("utf-8").partition('"""\n\n')[2]
    assert f"```python\n{code}```" in (TOP / "README.md").read_text("utf-8")


def test_readme_and_ci_run_the_same_tests() -> None:
    lines = [
        line
        for line in (TOP / "README.md").read_text("utf-8").splitlines()
        if line.startswith("python3 requirements/install.py")
    ]
    assert lines == ["python3 requirements/install.py demo", "python3 requirements/install.py tox"]
    assert lines[1] in (TOP / ".ci" / "run").read_text("utf-8").splitlines()
