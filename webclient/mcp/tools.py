"""What a server's tool list may look like once it is safe to show (MCP 2026-07-28, Tools)."""

from typing import Any

from .parameters import InvalidTool, mirrored

MOST_TOOLS, DEEPEST = 500, 32


def is_deep(value: Any, left: int = DEEPEST) -> bool:
    """Whether a JSON value nests further than anybody needs."""
    if left == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_deep(each, left - 1) for each in inner)


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def read_tool(value: Any) -> dict[str, Any]:
    """Name, title, description and schema. Raises InvalidTool."""
    schema = value.get("inputSchema") if isinstance(value, dict) else None
    if not isinstance(schema, dict) or not isinstance(value.get("name"), str) or not 0 < len(value["name"]) <= 256:
        raise InvalidTool("it has no name or no schema")
    if is_deep(schema):
        raise InvalidTool("its schema is nested too deeply")
    mirrored(schema)
    return {"name": value["name"], "title": _text(value.get("title"), 200), "description": _text(value.get("description"), 4000), "inputSchema": schema}


def read_tools(values: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The tools that can be offered, and one line for each that cannot, so that a bad one does not take the good ones along."""
    tools, set_aside = [], []
    for value in values[:MOST_TOOLS]:
        try:
            tools.append(read_tool(value))
        except InvalidTool as error:
            name = _text(value.get("name"), 100) if isinstance(value, dict) else ""
            set_aside.append(f"{name or 'A tool without a name'} is left out: {error}.")
    return tools, set_aside
