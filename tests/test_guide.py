"""docs/tools.md: what it teaches works as printed."""

import ast
import inspect
import re
from pathlib import Path
from types import CodeType

import pytest

GUIDE = Path(__file__).parent.parent / "docs" / "tools.md"


def sections() -> dict[str, str]:
    """The code of each section, in order, at the lines where it stands on the page."""
    found: dict[str, str] = {}
    for section in re.split(r"^## ", GUIDE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        found[title] = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL))
    return {title: code for title, code in found.items() if code}


@pytest.mark.parametrize("title", sections())
async def test_section_works_as_printed(title: str) -> None:
    code: CodeType = compile(
        sections()[title], f"{GUIDE.name}: {title}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )
    namespace: dict[str, object] = {"__name__": "guide"}
    running = eval(code, namespace)
    if inspect.isawaitable(running):
        await running
    assert namespace.keys() & {"server", "main"}
