"""A small server that uses what an author may use: a question, progress, a template, a prompt, mirrored arguments,
and changes while it runs.
"""

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from mcpserver import Context, Declined, MCPServer, ToolError

server = MCPServer("guide", version="1.0")


@frozen
class Trip:
    nights: int


@server.tool(scope="profile")
async def plan(city: str, context: Context) -> str:
    """Plan a trip, once the person has said for how long."""
    try:
        trip = await context.elicit(Trip, f"How many nights in {city}?")
    except Declined:
        raise ToolError("Nothing was planned.") from None
    return f"{trip.nights} nights in {city}"


@server.tool(scope="profile")
async def walk(steps: int, context: Context) -> str:
    """Walk, and say how far it is after each step."""
    for step in range(1, steps + 1):
        await context.progress(step, total=steps)
    return f"{steps} steps"


@server.tool(scope="profile")
async def find(
    district: Annotated[str, Meta(extra_json_schema={"x-mcp-header": "District"})],
    floor: Annotated[int, Meta(extra_json_schema={"x-mcp-header": "Floor"})] = 0,
    lit: Annotated[bool, Meta(extra_json_schema={"x-mcp-header": "Lit"})] = False,
) -> dict[str, str | int | bool]:
    """Find a room; what is looked for also travels in headers, where routers see it."""
    return {"district": district, "floor": floor, "lit": lit}


@server.resource("city://{name}", scope="profile", mime_type="text/plain")
async def about(name: str) -> str:
    """What there is to know about a city."""
    return f"{name} is worth a visit."


@server.tool(scope="profile")
async def praise(city: str) -> str:
    """Change what there is to know about a city."""
    server.resource_updated(f"city://{city}")
    return f"{city} is glad."


@server.tool(scope="profile")
async def teach(skill: str) -> str:
    """Teach the guide a tool."""

    async def show() -> str:
        return f"This is how to {skill}."

    server.tool(name=skill, scope="profile")(show)
    return "Learned."


@server.prompt(scope="profile")
async def visit(city: str) -> str:
    """Ask what to see."""
    return f"What should I see in {city}?"
