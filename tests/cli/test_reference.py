"""Where an author's server is, and what is said when it is not there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcpserver.cli.reference import load_server, module_file
from mcpserver.cli.refusal import Misuse

SERVER = """
from mcpserver import MCPServer
import {name}_beside
server = MCPServer("{name}")
inner = type("Inner", (), {{"server": server}})
number = 7
def make(): return MCPServer("made")
def fail(): raise KeyError("nothing")
async def later(): ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current directory, with a server in it; what is loaded is forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    (tmp_path / "authored_beside.py").write_text("")
    (tmp_path / "authored.py").write_text(SERVER.format(name="authored"))
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.mark.parametrize("reference", ["authored:server", "authored", "authored:inner.server", "authored.py:server", "authored.py", "./authored.py:server"])
def test_server_is_found_by_module_and_by_path(folder: Path, reference: str) -> None:
    assert load_server(reference).info["name"] == "authored"
    assert module_file(reference) == folder / "authored.py"


def test_function_that_makes_one_is_called(folder: Path) -> None:
    assert load_server("authored:make").info["name"] == "made"


def test_file_may_have_the_name_of_a_module_that_is_loaded(folder: Path) -> None:
    (folder / "types.py").write_text("from mcpserver import MCPServer\nserver = MCPServer('types')\n")
    assert load_server("types.py:server").info["name"] == "types"


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        (":server", "does not name a server: write module:attribute"),
        ("authored:", "does not name a server"),
        ("", "does not name a server"),
        ("absent:server", "There is no module absent here: Python looked in "),
        ("absent.inner:server", "There is no module absent.inner here"),
        ("absent.py:server", "There is no file absent.py."),
        ("authored:app", "authored has no app: it has authored:server."),
        ("authored_beside:app", "authored_beside has no app, and no other MCPServer either."),
        ("authored:number", "authored:number is an int, not an MCPServer"),
        ("authored:inner", "not an MCPServer and not a function that makes one."),
        ("authored:fail", "authored:fail could not be loaded: KeyError: 'nothing' (line 8 of "),
        ("broken:server", "broken could not be loaded: ZeroDivisionError: division by zero (line 2 of "),
        ("broken.py:server", "broken.py could not be loaded: ZeroDivisionError: division by zero (line 2 of "),
        ("needy:server", "needy could not be loaded: ModuleNotFoundError: No module named 'not_installed' (line 1 of "),
        ("wrong.py:server", "wrong.py could not be loaded: SyntaxError: "),
        ("leaving:server", "leaving could not be loaded: SystemExit: 3"),
    ],
)
def test_refusal_is_one_sentence_that_says_what_to_mend(folder: Path, reference: str, sentence: str) -> None:
    (folder / "broken.py").write_text("x = 0\n1 / x\n")
    (folder / "needy.py").write_text("import not_installed\n")
    (folder / "wrong.py").write_text("def :\n")
    (folder / "leaving.py").write_text("raise SystemExit(3)\n")
    with pytest.raises(Misuse) as refused:
        load_server(reference)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
