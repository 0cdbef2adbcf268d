"""The web client's engine against servers that nobody here wrote, in every era that each of them has."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import frozen

from tests import provision
from tests.ports import free_port
from tests.processes import Program, running
from tests.webclient.mcp.conftest import Person
from webclient.errors import Unreachable
from webclient.fetcher import Fetcher, Limits
from webclient.mcp.client import MCPClient, Options
from webclient.mcp.protocol.host import Progress
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace

SCRIPT = Path(__file__).parent / "servers" / "typescript.mjs"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")


@frozen
class Stranger:
    """A server: the revisions it is met in, empty for what it and the client find out; ``met`` is what that must be."""

    name: str
    path: str
    revisions: tuple[str, ...]
    met: str
    asks: bool = True
    """Whether it can ask a person in revision 2026-07-28."""

    def command(self, port: int) -> list[str]:
        if self.name == "typescript":
            entry = provision.need(provision.typescript_server)
            return [
                str(provision.need(provision.node)),
                str(SCRIPT),
                str(port),
                str(entry),
                str(entry.parents[3] / "zod" / "index.js"),
            ]
        module, *more = {"python": ["sdk"], "python-sse": ["sdk", "sse"], "fastmcp": ["fast"]}[self.name]
        return [sys.executable, "-m", f"tests.interop.servers.{module}", str(port), *more]


STRANGERS = (
    Stranger("python", "/mcp", ("", *LEGACY), "2026-07-28"),
    Stranger("python-sse", "/sse", ("", "2024-11-05"), "2024-11-05"),
    Stranger("fastmcp", "/mcp", ("", *LEGACY), "2026-07-28", asks=False),
    Stranger("typescript", "/mcp", ("", *LEGACY), "2026-07-28"),
)
EACH = [
    pytest.param(
        stranger,
        revision,
        id=f"{stranger.name}-{revision or 'auto'}",
        marks=pytest.mark.xdist_group(f"engine-{stranger.name}"),
    )
    for stranger in STRANGERS
    for revision in stranger.revisions
]


@pytest.fixture(scope="module")
def started() -> Iterator[dict[str, str]]:
    """Name -> address of the servers that run already."""
    programs: list[Program] = []
    addresses: dict[str, str] = {}

    class Started(dict[str, str]):
        def __missing__(self, name: str) -> str:
            stranger = next(each for each in STRANGERS if each.name == name)
            port = free_port()
            program = Program(_process(stranger.command(port)), f"http://127.0.0.1:{port}")
            programs.append(program)
            program.wait_until_ready()
            self[name] = program.url + stranger.path
            return self[name]

    yield Started(addresses)
    for program in programs:
        with running(program):
            pass


def _process(command: list[str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


@asynccontextmanager
async def visiting(url: str, revision: str, person: Person) -> AsyncIterator[MCPClient]:
    fetcher = Fetcher(Limits())
    try:
        trace = Trace(MemoryHops(os.urandom(32)), "engine", Sources())
        async with MCPClient(fetcher, trace, url, host=person, options=Options(protocol=revision)) as client:
            # A program says where it listens just before it does.
            for _ in range(100):
                if await _answers(client):
                    break
            yield client
    finally:
        await fetcher.close()


async def _answers(client: MCPClient) -> bool:
    try:
        await client.open()
    except Unreachable:
        await asyncio.sleep(0.1)
        return False
    return True


@pytest.mark.parametrize(("stranger", "revision"), EACH)
async def test_everything_a_stranger_offers_is_of_use(
    stranger: Stranger, revision: str, started: dict[str, str]
) -> None:
    """Meeting, tools, structured results, progress, questions, failures, resources, templates, prompts: one contract
    for all.
    """
    person = Person({"elicit": {"action": "accept", "content": {"name": "Ada"}}})
    async with visiting(started[stranger.name], revision, person) as client:
        assert client.server.protocol == (revision or stranger.met)
        assert (client.server.name, client.server.instructions) == ("stranger", "Ask nicely.")
        tools = {tool["name"]: tool for tool in (await client.list_tools()).items}
        assert (await client.call_tool(tools["add"], {"a": 1, "b": 2}))["structuredContent"] == {"total": 3}
        assert (await client.call_tool(tools["work"], {}))["content"][0]["text"] == "worked"
        assert person.seen == [Progress(step, 3, f"step {step}") for step in (1, 2, 3)]
        assert (await client.call_tool(tools["fail"], {}))["isError"] is True
        if stranger.asks or client.server.protocol != "2026-07-28":
            assert (await client.call_tool(tools["greet"], {}))["content"][0]["text"] == "Hello, Ada!"
            assert [params["message"] for _, params in person.asked] == ["Who are you?"]
        assert [each["uri"] for each in (await client.list_resources()).items] == ["note://first"]
        assert [each["uriTemplate"] for each in (await client.list_resource_templates()).items] == ["note://{number}"]
        assert (await client.read_resource("note://first"))["contents"][0]["text"] == "the first note"
        assert (await client.read_resource("note://7"))["contents"][0]["text"] == "note 7"
        assert [each["name"] for each in (await client.list_prompts()).items] == ["poem"]
        messages = (await client.get_prompt("poem", {"topic": "rain"}))["messages"]
        assert messages[0]["content"]["text"] == "A poem about rain, please."
        await client.ping()


@pytest.mark.parametrize("revision", ["", "2025-11-25"])
@pytest.mark.xdist_group("engine-python")
async def test_python_server_tells_of_changes_and_completes(started: dict[str, str], revision: str) -> None:
    """MCP subscriptions and completion, which this one offers."""
    person = Person({"elicit": {"action": "decline"}})
    async with visiting(started["python"], revision, person) as client:
        assert await client.complete({"type": "ref/prompt", "name": "poem"}, "topic", "sp") == ["spring"]
        if client.server.protocol == "2026-07-28":
            async with await client.listen({"toolsListChanged": True}) as news:
                methods = []
                async for each in news:
                    methods.append(each.method)
                    if len(methods) == 2:
                        break
                    await client.call("change", {})
            assert methods == ["notifications/subscriptions/acknowledged", "notifications/tools/list_changed"]
