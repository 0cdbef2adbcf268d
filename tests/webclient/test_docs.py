"""The documentation keeps up with the settings, and what it shows programs works as printed."""

import ast
import re
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import fields

from tests.webclient.conftest import foreign
from tests.webclient.foreign import Foreign
from webclient.settings import RULES, Settings

__all__ = ["foreign"]

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "web-client.md"


def test_every_setting_is_documented_with_its_default() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("\n## Settings\n")[2]
    for setting in fields(Settings):
        line = next(line for line in text.splitlines() if line.startswith(f"| `{setting.name}` |"))
        assert f"`WEBCLIENT_{setting.name.upper()}`" in line
        assert not setting.default or f"`{setting.default}`" in line
        assert setting.name in RULES


class Opener(webbrowser.BaseBrowser):
    """The person's browser, as the machine would open it: they say yes."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        with urllib.request.urlopen(url) as page:
            return bool(page.status == 200)


@pytest.fixture
def opener() -> Iterator[None]:
    before = list(webbrowser._tryorder or [])  # type: ignore[attr-defined]  # there is no public way to take a registration back
    webbrowser.register("the tests", None, Opener("the tests"), preferred=True)
    yield
    webbrowser._tryorder[:] = before  # type: ignore[attr-defined]


def programs() -> list[str]:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## Python API")[2].partition("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("program", programs())
async def test_program_works_as_printed(
    program: str, foreign: Foreign, opener: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign.lies.withhold = frozenset()
    monkeypatch.setenv("HOME", str(tmp_path))
    code = compile(
        program.replace("https://notes.example/mcp", foreign.url),
        "docs/web-client.md",
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    namespace: dict[str, Any] = {}
    await eval(code, namespace)
    assert namespace["result"]["content"] == [{"type": "text", "text": 'Done: {"text": "Milk"}'}]
