"""docs/dependencies.md knows every package that setup.cfg asks for."""

import re
from configparser import ConfigParser
from pathlib import Path

TOP = Path(__file__).parent.parent


def required() -> set[str]:
    """The names in install_requires and in the extras; extras of our own package are not others' code."""
    setup = ConfigParser()
    setup.read(TOP / "setup.cfg")
    lines = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    return {
        re.split(r"[ \[<>=!~;]", line.strip())[0] for text in lines for line in text.splitlines() if line.strip()
    } - {"mcpserver"}


def test_every_dependency_says_what_it_is_for() -> None:
    document = (TOP / "docs" / "dependencies.md").read_text()
    named = set(re.findall(r"\[([\w.-]+)\]\(https://", document))
    assert "aiohttp" in required()
    assert sorted(required() - named) == []


def test_the_list_of_newest_versions_asks_for_this_checkout() -> None:
    """pip takes a path in such a list from the directory it runs in, which is the top of the checkout, not from the
    list's own.
    """
    lines = (TOP / "requirements" / "newest.in").read_text().splitlines()
    paths = [line.partition("[")[0] for line in lines if line.startswith(".")]
    assert [(TOP / path).resolve() for path in paths] == [TOP]
