"""Where an author's server is, and what is said when it is not there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcpserver.cli.console.app_loader import load_server
from mcpserver.cli.console.refusal import Misuse

SERVER = """
from mcpserver import MCPServer
import {name}_beside
server = MCPServer("{name}")
inner = type("Inner", (), {{"server": server}})
number = 7
def make(): return MCPServer("made")
def fail(): raise KeyError("nothing")
def needy(settings, *, name): ...
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


@pytest.mark.parametrize(
    "reference",
    [
        "authored:server",
        "authored",
        "authored:inner.server",
        "authored.py:server",
        "authored.py",
        "./authored.py:server",
    ],
)
def test_server_is_found_by_module_and_by_path(folder: Path, reference: str) -> None:
    assert load_server(reference).info["name"] == "authored"


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
        ("wrong.py:server", "wrong.py: def :)"),
        (
            "indented.py:server",
            "IndentationError: expected an indented block after function definition on line 1 (line 2 of ",
        ),
        ("binary.py:server", "binary.py could not be loaded: SyntaxError: "),
        ("nested.py:server", "could not be loaded: SyntaxError: "),
        ("nested.py:server", "wrong.py: def :)"),
        ("authored:later", "authored:later is an async function, but not with exactly one argument: "),
        ("authored:needy", "authored:needy is not async and needs settings, name: a function that makes a server"),
        (
            "runs.py:server",
            'RuntimeError: this runs the server while it is loaded: put it under if __name__ == "__main__": (line 3 '
            "of ",
        ),
        ("leaving:server", "leaving could not be loaded: SystemExit: 3"),
    ],
)
def test_refusal_is_one_sentence_that_says_what_to_mend(folder: Path, reference: str, sentence: str) -> None:
    (folder / "broken.py").write_text("x = 0\n1 / x\n")
    (folder / "needy.py").write_text("import not_installed\n")
    (folder / "wrong.py").write_text("def :\n")
    (folder / "indented.py").write_text("def f():\nx = 1\n")
    (folder / "binary.py").write_bytes(b"x = '\xff'\n")
    (folder / "nested.py").write_text("import wrong\n")
    (folder / "runs.py").write_text("from mcpserver import MCPServer\nserver = MCPServer('runs')\nserver.run(port=0)\n")
    (folder / "leaving.py").write_text("raise SystemExit(3)\n")
    with pytest.raises(Misuse) as refused:
        load_server(reference)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


HEAD = """from mcpserver import Context, MCPServer
server = MCPServer("mine")
class Thing:
    def __init__(self, inner): ...
"""


@pytest.mark.parametrize(
    ("code", "line", "sentence"),
    [
        (
            "@server.tool\ndef greet(thing: Thing) -> str: ...",
            5,
            "the tool greet: the parameter thing: The type Thing has no form in JSON: use a dataclass",
        ),
        (
            "@server.tool\ndef greet(things: list[Thing]) -> str: ...",
            5,
            "the tool greet: the parameter things: The type Thing has no form in JSON",
        ),
        (
            "@server.tool\ndef greet(a: int, b: Thing | None = None) -> str: ...",
            5,
            "the tool greet: the parameter b: The type Thing has no form in JSON",
        ),
        (
            "@server.tool\ndef greet() -> Thing: ...",
            5,
            "the tool greet: the result: The type Thing has no form in JSON: use a dataclass",
        ),
        (
            "@server.prompt\ndef greet(thing: Thing) -> str: ...",
            5,
            "the prompt greet: the parameter thing: The type Thing has no form in JSON",
        ),
        (
            "@server.resource('a://{thing}')\ndef greet(thing: Thing) -> str: ...",
            5,
            "the resource greet: the parameter thing: The type Thing",
        ),
        (
            "@server.resource('a://b')\ndef greet() -> Thing: ...",
            5,
            "the resource greet: the result: The type Thing has no form in JSON",
        ),
        (
            "@server.tool\ndef greet(name): ...",
            5,
            "the tool greet: The parameter name of greet needs a type: write name: str, for example.",
        ),
        (
            "@server.tool\ndef greet(*names: str): ...",
            5,
            "The parameter names of greet cannot be given by its name: write each argument as a parameter of its own",
        ),
        (
            "@server.tool\ndef greet(name: 'Nmae'): ...",
            5,
            "the tool greet: the parameter name: its type Nmae is not known when the module is loaded",
        ),
        ("@server.tool\ndef greet() -> 'Nmae': ...", 5, "the tool greet: the result: its type Nmae is not known"),
        ("@server.tool\ndef greet(a: int = 'x') -> str: ...", 5, "the tool greet: the parameter a has the default "),
        (
            "@server.tool(scope=['a'])\ndef greet(): ...",
            5,
            "the tool greet: @server.tool: scope is ['a'] (a list): write one string of names",
        ),
        (
            "@server.tool(scope='a  b')\ndef greet(): ...",
            5,
            "the tool greet: '' cannot be a scope: that is printable ASCII without spaces",
        ),
        ("@server.tool(scope='a \\\\ \\n')\ndef greet(): ...", 5, "cannot be a scope: that is printable ASCII"),
        (
            "@server.prompt(scope=['a'])\ndef greet(): ...",
            5,
            "the prompt greet: @server.prompt: scope is ['a'] (a list)",
        ),
        ("@server.resource('a://b', scope=['a'])\ndef greet(): ...", 5, "@server.resource: scope is ['a'] (a list)"),
        ("server.add_skills('skills', scope=['a'])", 5, "add_skills: scope is ['a'] (a list)"),
        (
            "@server.tool(nmae='x')\ndef greet(): ...",
            5,
            "the tool greet: @server.tool has no argument nmae: write name=.",
        ),
        (
            "@server.tool(description='x')\ndef greet(): ...",
            5,
            "@server.tool has no argument description: it takes name, title, ",
        ),
        (
            "@server.prompt(tilte='x')\ndef greet(): ...",
            5,
            "the prompt greet: @server.prompt has no argument tilte: write title=.",
        ),
        (
            "@server.resource('a://b', mime='x')\ndef greet(): ...",
            5,
            "@server.resource has no argument mime: write mime_type=.",
        ),
        (
            "@server.tool(timeout='5')\ndef greet(): ...",
            5,
            "@server.tool: timeout is '5' (a str): write a number of seconds above 0.",
        ),
        ("@server.tool(task='sometimes')\ndef greet(): ...", 5, 'write True, False, "later" or "required".'),
        ("@server.tool(read_only='yes')\ndef greet(): ...", 5, "read_only is 'yes' (a str): write True or False."),
        (
            "@server.tool('greet')\ndef greet(): ...",
            5,
            "@server.tool got 'greet' where the function belongs: write @server.tool(name=\"...\")",
        ),
        ("@server.tool\nclass Greet: ...", 5, "the tool Greet: Greet is not a function: hand over a function"),
        ("@server.resource\ndef greet(): ...", 5, "@server.resource: uri is <function greet"),
        (
            "@server.resource()\ndef greet(): ...",
            5,
            "missing a required argument: 'uri'. Write @server.resource(\"notes://all\")",
        ),
        (
            "@server.resource('a://{b}')\ndef greet(c: str): ...",
            5,
            "add the parameter b; take out the parameter c, or write {c} in the address.",
        ),
        (
            "@server.tool(input_schema={'type': 'objekt'})\ndef greet(a: dict): ...",
            5,
            "the tool greet: The schema is not valid JSON Schema",
        ),
        (
            "def greet(): ...\nserver.tool(greet)\nserver.tool(greet)",
            7,
            "the tool greet: There is a tool greet already: give one of them another name",
        ),
        (
            "@server.provider\ndef greet(): ...",
            5,
            "The provider greet must say what it returns: write def greet(...) -> Database, for example.",
        ),
        (
            "@server.lifespan\nasync def life(): ...",
            5,
            "@server.lifespan got life: write async def with one yield in it.",
        ),
        ("other = MCPServer()", 5, "MCPServer: missing a required argument: 'name'. Write MCPServer(\"Notes\")."),
        ("other = MCPServer('x', verson='1')", 5, "MCPServer has no argument verson: write version=."),
        ("other = MCPServer(name=None)", 5, 'MCPServer: name is None. Write MCPServer("Notes").'),
        (
            "other = MCPServer('x', scopes=['a'])",
            5,
            "MCPServer: scopes is ['a'] (a list): write a dict of what each scope allows",
        ),
        (
            "other = MCPServer('x', page_size=0)",
            5,
            "MCPServer: page_size is 0 (an int): write a whole number from 1 on.",
        ),
        ("server.include(5)", 5, "include got int: write server.include(other), of another MCPServer."),
        ("import json\njson.loads('no')", 6, "json.decoder.JSONDecodeError: "),
    ],
)
def test_mistake_of_an_author_is_told_with_its_line_and_what_to_write(
    folder: Path, code: str, line: int, sentence: str
) -> None:
    """Not with a line of a library, and without the classes inside."""
    (folder / "mine.py").write_text(HEAD + code + "\n")
    with pytest.raises(Misuse) as refused:
        load_server("mine.py")
    words = str(refused.value)
    assert sentence in words
    assert f"(line {line} of mine.py: " in words or f"(line {line} of {folder}/mine.py: " in words, words
    assert "Catalogs" not in words
    assert "_make" not in words
    assert "\n" not in words
