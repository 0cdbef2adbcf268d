"""Selection of the tools in a server's list that are safe to show (MCP 2026-07-28, Tools)."""

from typing import Final

from mcpbase.json_bounds import is_deep

from ...json_text import JsonObject
from ...wire import Tool, Unchecked
from .parameters import InvalidTool, mirrored
from .results import InvalidResult
from .schemas import Mismatch, Unusable, require_fit

MOST_TOOLS, DEEPEST, LONGEST_NAME = 500, 48, 256
SLIPS = ("input_schema", "inputschema", "parameters", "schema", "args")
KEPT: Final = ("outputSchema", "annotations", "execution", "_meta")
"""Further members of a tool that are kept when they are objects that do not nest too deeply."""


def _text(value: Unchecked, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def read_tool(value: Unchecked) -> Tool:
    """Read a tool: name, title, description, schemas and annotations; the schemas exactly as the server wrote them.

    Raises InvalidTool.
    """
    schema = _schema_of(value)
    if is_deep(schema, DEEPEST):
        raise InvalidTool("its schema is nested too deeply")
    mirrored(schema)
    tool: Tool = {
        "name": value["name"],
        "title": _text(value.get("title"), 200),
        "description": _text(value.get("description"), 4000),
        "inputSchema": schema,
    }
    for name in KEPT:
        if isinstance(value.get(name), dict) and not is_deep(value[name], DEEPEST):
            tool[name] = value[name]
    return tool


def _schema_of(value: Unchecked) -> JsonObject:
    """The tool's input schema. Raises InvalidTool, naming a common misspelling of inputSchema if that is the cause."""
    if not isinstance(value, dict):
        raise InvalidTool("it is not an object")
    if not isinstance(value.get("name"), str) or not 0 < len(value["name"]) <= LONGEST_NAME:
        raise InvalidTool(f"it has no name, or a name of more than {LONGEST_NAME} characters")
    schema = value.get("inputSchema")
    if isinstance(schema, dict):
        return schema
    slip = next((name for name in SLIPS if name in value), None)
    if slip:
        raise InvalidTool(f"it has {slip} instead of inputSchema")
    raise InvalidTool("its inputSchema is not an object" if "inputSchema" in value else "it has no inputSchema")


def requires_task(tool: Tool) -> bool:
    """Whether the tool requires a task, so that a call without one is refused (MCP 2025-11-25, tasks, tool-level
    negotiation).
    """
    execution = tool.get("execution")
    return isinstance(execution, dict) and execution.get("taskSupport") == "required"


def _require_no_task(tool: Tool) -> None:
    """Raises InvalidTool for a tool that requires a task."""
    if requires_task(tool):
        raise InvalidTool(
            "it runs only as a task of MCP 2025-11-25, but the connection uses an earlier revision, which has no tasks"
        )


def read_tools(values: list[Unchecked], *, by_task: bool = True) -> tuple[list[Tool], list[str]]:
    """The tools that can be offered, and one line for each that cannot, so that an invalid tool does not affect the
    others.

    Without ``by_task`` tools that require a task are not offered.
    """
    tools: list[Tool] = []
    set_aside = []
    for value in values[:MOST_TOOLS]:
        try:
            tool = read_tool(value)
            if not by_task:
                _require_no_task(tool)
            tools.append(tool)
        except InvalidTool as error:
            name = _text(value.get("name"), 100) if isinstance(value, dict) else ""
            set_aside.append(f"{name or 'A tool without a name'} is not listed: {error}.")
    if len(values) > MOST_TOOLS:
        set_aside.append(f"Only the first {MOST_TOOLS} of {len(values):,} tools are shown.")
    return tools, set_aside


def require_structured(tool: Tool, result: JsonObject) -> None:
    """Check a result against the tool's output schema (MCP 2026-07-28, tools). Raises InvalidResult."""
    schema = tool.get("outputSchema")
    if schema is None or result.get("isError") is True:
        return
    if "structuredContent" not in result:
        raise InvalidResult("The tool has an output schema but returned no structured result.", result)
    try:
        require_fit(result["structuredContent"], schema)
    except Unusable as error:
        raise InvalidResult(
            f"The result of the tool cannot be checked because the output schema is not usable: {error}.", result
        ) from None
    except Mismatch as error:
        raise InvalidResult(f"The result of the tool does not fit its output schema: {error}.", result) from None
