"""Causes, chapters and states are found by value: no name of a class and no sentence of ours is ever compared.

One half reads the source for such comparisons. The other makes a copy of the package in which every error class has
another name and every sentence another wording, runs its command line against a server, and expects the same causes.
"""

import ast
import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import webclient
from webclient import errors
from webclient.cause_code import CauseCode
from webclient.trace.causes import CAUSES

from .foreign import Foreign

PACKAGE = Path(webclient.__file__).parent
TOP = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
SENTENCE = re.compile(r"[A-Z][a-z]*\W? (?:\S+ )*\S+")
"""A capital letter and several words: text that people read."""
WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)+")
SEARCHES = {
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "find",
    "index",
    "partition",
    "rpartition",
    "split",
}
ERROR_NAMES = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}


def texts(node: ast.AST) -> Iterator[str]:
    """The constant texts that a node compares with: itself, or the members of a display."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are compared with something, searched for, or matched: with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from ((node.lineno, text) for each in (node.left, *node.comparators) for text in texts(each))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
            yield from ((node.lineno, text) for each in node.args for text in texts(each))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_sentence_and_no_name_of_an_error_is_compared(path: Path) -> None:
    found = list(compared(ast.parse(path.read_text("utf-8"))))
    assert [each for each in found if WORDS.search(each[1]) or each[1] in ERROR_NAMES] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_class_is_asked_for_its_name(path: Path) -> None:
    names = [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("__name__", "__qualname__")
    ]
    assert [
        node.lineno for node in names if not (isinstance(node.value, ast.Name) and node.value.id == "__class__")
    ] == []


ERROR_CLASS = re.compile(
    r"^class "
    r"(\w+)\(.*(?:Error|Exception|Failure|Unreachable|Untrusted|Refused|Registration|Denied|Answer|_Legacy).*\):",
    re.MULTILINE,
)


class Reworded(ast.NodeTransformer):
    """Every sentence in the arguments of a call, or assigned to a ``meaning``, with another beginning."""

    def _reword(self, node: ast.AST) -> None:
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and SENTENCE.match(each.value):
                each.value = f"Reworded: {each.value.lower()}"

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self._reword(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.endswith("Renamed") or name in ("hop", "require", "Step"):
            for each in [*node.args, *node.keywords]:
                if not (isinstance(each, ast.keyword) and each.arg == "rule"):
                    self._reword(each)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if any(isinstance(target, ast.Attribute) and target.attr == "meaning" for target in node.targets):
            self._reword(node.value)
        return node


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy of the package, with other class names and other sentences."""
    folder = tmp_path_factory.mktemp("altered")
    shutil.copytree(PACKAGE, folder / "webclient", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOP / "templates", folder / "templates")
    copies = sorted((folder / "webclient").rglob("*.py"))
    names = {name for path in copies for name in ERROR_CLASS.findall(path.read_text("utf-8"))}
    assert {"NoMetadata", "TokenRefused", "StrangeAnswer", "RpcError", "PermissionDeclined", "_Oldest"} <= names
    any_name = re.compile(r"\b(" + "|".join(sorted(names)) + r")\b")
    for path in copies:
        tree = Reworded().visit(ast.parse(any_name.sub(r"\1Renamed", path.read_text("utf-8"))))
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    return folder


async def trace_of(folder: Path, url: str) -> dict[str, Any]:
    """The document of ``webclient trace URL --json``, run from the package in ``folder``."""
    command = ["-m", "webclient", "trace", url, "--json", "--no-sign-in"]
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{TOP}", "PYTHONSAFEPATH": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=-1, stderr=-1, env=environment, cwd=folder
    )
    out, err = await process.communicate()
    assert out, err.decode()
    run: dict[str, Any] = json.loads(out)["runs"][0]
    return run


@pytest.mark.parametrize(
    ("lies", "cause"),
    [
        ({"body": b'{"jsonrpc": "2.0", "id": 77, "result": {}}'}, CauseCode.NOT_MCP),
        ({"status": 500}, CauseCode.SERVER_ERROR),
        ({"body": b"<!doctype html><title>Sign in</title>"}, CauseCode.HTML),
        ({"only_version": "2031-01-01", "open_door": True}, CauseCode.VERSION),
        ({"redirect": "https://elsewhere.example/"}, CauseCode.REDIRECT),
    ],
)
async def test_renamed_classes_and_reworded_sentences_change_no_diagnosis(
    altered: Path, foreign: Foreign, lies: dict[str, Any], cause: CauseCode
) -> None:
    for name, value in lies.items():
        setattr(foreign.lies, name, value)
    original, other = await trace_of(TOP, foreign.url), await trace_of(altered, foreign.url)
    failed = [next(step for step in run["steps"] if step["number"] == run["failed_step"]) for run in (original, other)]
    assert [step["cause"]["title"] for step in failed] == [CAUSES[cause].title] * 2
    assert [run["state"] for run in (original, other)] == ["failed"] * 2
    assert failed[0]["chapter"] == failed[1]["chapter"]
    assert "Reworded: " in json.dumps(other)
