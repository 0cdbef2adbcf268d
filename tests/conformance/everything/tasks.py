"""Tools that take their time: tasks for clients that know of them."""

import asyncio

from attrs import frozen

from mcpserver import Context, MCPServer, ProtocolError, ToolError, form

server = MCPServer("Tasks")


@frozen
class Confirmation:
    confirm: bool


@frozen
class Person:
    name: str


@server.tool
async def greet(name: str) -> str:
    """Greet at once."""
    return f"Hello, {name}!"


@server.tool(task=True)
async def slow_compute(seconds: float, label: str = "") -> str:
    """Compute for so many seconds."""
    await asyncio.sleep(seconds)
    return f"Computed {label} for {seconds:g} seconds"


@server.tool(task="required")
async def failing_job() -> str:
    """Work for a moment and fail, as tools may."""
    await asyncio.sleep(0.1)
    raise ToolError("The job failed, as it always does.")


@server.tool(task=True)
async def protocol_error_job() -> str:
    """Fail, as tools may not."""
    raise ProtocolError("The job broke the protocol.")


@server.tool(task=True)
async def confirm_delete(filename: str, context: Context) -> str:
    """Ask before deleting nothing."""
    answer = await context.elicit(Confirmation, f"Delete {filename}?")
    return f"{filename} is {'deleted' if answer.confirm else 'still there'}"


@server.tool(task=True)
async def multi_input(context: Context) -> str:
    """Ask two things at once."""
    person, confirmed = await context.ask(form(Person, "What is your name?"), form(Confirmation, "Are you sure?"))
    return f"{person.name} is {'sure' if confirmed.confirm else 'not sure'}"


@server.tool(task="later")
async def test_tool_with_task(context: Context) -> str:
    """Ask first, then take its time."""
    person = await context.elicit(Person, "What is your name?", key="user_name")
    await context.begin_task()
    return f"Done for {person.name}"
