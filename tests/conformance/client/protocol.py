"""The scenarios without sign-in: the life of a connection, tools, headers, questions, schemas, skills."""

from collections.abc import Callable, Coroutine, Mapping

from webclient.mcp.client import MCPClient
from webclient.wire import Skill

from .person import context, meeting


async def list_tools(url: str) -> None:
    async with meeting(url) as client:
        await client.list_tools()


async def call_everything(url: str) -> None:
    """Every tool with two numbers, which is what those of the suite take or ignore."""
    async with meeting(url) as client:
        for tool in (await client.list_tools()).items:
            await client.call_tool(tool, {"a": 2, "b": 3})


async def call_each(url: str) -> None:
    async with meeting(url) as client:
        for tool in (await client.list_tools()).items:
            await client.call_tool(tool, {})


async def use_everything(url: str) -> None:
    """Tools, resources and prompts, each of them once."""
    async with meeting(url) as client:
        for tool in (await client.list_tools()).items:
            await client.call_tool(tool, {})
        for resource in (await client.list_resources()).items:
            await client.read_resource(resource["uri"])
        for prompt in (await client.list_prompts()).items:
            await client.get_prompt(prompt["name"], {})


async def call_as_told(url: str) -> None:
    """The calls that the suite names, of the tools that may be offered."""
    async with meeting(url) as client:
        tools = {tool["name"]: tool for tool in (await client.list_tools()).items}
        for call in context().get("toolCalls", ()):
            if call["name"] in tools:
                await client.call_tool(tools[call["name"]], call["arguments"])


async def call_valid(url: str) -> None:
    async with meeting(url) as client:
        for tool in (await client.list_tools()).items:
            await client.call_tool(tool, {"region": "eu"})


async def echo_schema(url: str) -> None:
    """What the tool's schema says reaches the server again without a word lost (SEP-1613)."""
    async with meeting(url) as client:
        tools = {tool["name"]: tool for tool in (await client.list_tools()).items}
        await client.call_tool(tools["json_schema_echo"], {"schema": tools["json_schema_2020_12_tool"]["inputSchema"]})


async def list_skills(url: str) -> None:
    async with meeting(url) as client:
        await client.list_skills()


async def load_skills(url: str) -> None:
    """Each skill's manifest and then its files; ends where one is not what was listed."""
    async with meeting(url) as client:
        for skill in (await client.list_skills()).items:
            await load_skill(client, skill)


async def load_skill(client: MCPClient, skill: Skill) -> None:
    await client.read_skill(skill)
    for entry in skill["resources"]:
        await client.read_skill(skill, entry["uri"])


SCENARIOS: Mapping[str, Callable[[str], Coroutine[None, None, None]]] = {
    "initialize": list_tools,
    "tools_call": call_everything,
    "elicitation-sep1034-client-defaults": call_each,
    "sse-retry": call_each,
    "request-metadata": list_tools,
    "sep-2322-client-request-state": call_each,
    "http-standard-headers": use_everything,
    "http-custom-headers": call_as_told,
    "http-invalid-tool-headers": call_valid,
    "json-schema-ref-no-deref": list_tools,
    "json-schema-2020-12-preservation": echo_schema,
    "sep-2640-client-no-prefetch": list_skills,
    "sep-2640-client-verify-digest": load_skills,
    "sep-2640-client-verify-size": load_skills,
    "sep-2640-client-verify-frontmatter": load_skills,
}
