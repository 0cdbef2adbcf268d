"""The web client's engine with the server that offers everything: tasks, skills, changes, and each tool in both
eras.
"""

from collections.abc import Iterator

import pytest

from tests.conformance.client.person import Agreeable, meeting
from tests.ports import free_port
from tests.processes import running, start_conformance_server
from webclient.mcp.protocol.results import RpcError
from webclient.mcp.transports.modern import TASK

pytestmark = pytest.mark.xdist_group("engine-everything")


@pytest.fixture(scope="module")
def everything() -> Iterator[str]:
    with running(start_conformance_server(port=free_port())) as program:
        yield f"{program.url}/mcp"


async def test_task_is_followed_and_its_failure_told(everything: str) -> None:
    """SEP-2663: a task's result is what the call would have given."""
    async with meeting(everything) as client:
        tools = {tool["name"]: tool for tool in (await client.list_tools()).items}
        ticket = await client.call_tool(tools["slow_compute"], {"seconds": 1}, follow=False)
        assert ticket["resultType"] == TASK
        assert (await client.task_result(tools["slow_compute"], ticket))["content"]
        assert (await client.call_tool(tools["failing_job"], {}))["isError"] is True
        with pytest.raises(RpcError, match="broke the protocol"):
            await client.call_tool(tools["protocol_error_job"], {})


async def test_skills_are_what_was_listed(everything: str) -> None:
    """SEP-2640: size, digest and frontmatter."""
    async with meeting(everything) as client:
        (skill,) = (await client.list_skills()).items
        files = [await client.read_skill(skill, entry["uri"]) for entry in skill["resources"]]
    assert files[0].startswith(b"---\nname: reading-clocks")


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25", "2025-06-18"])
async def test_server_asks_and_is_answered(everything: str, revision: str) -> None:
    """Questions of three kinds, by retried requests or on the stream; a form's defaults count."""
    async with meeting(everything, protocol=revision) as client:
        assert client.server.protocol == revision
        for name, words in (
            ("test_elicitation_sep1034_defaults", "action=accept"),
            ("test_input_required_result_sampling", "Yes."),
            ("test_input_required_result_list_roots", Agreeable.HOME),
        ):
            assert words in (await client.call(name, {}))["content"][0]["text"]


async def test_changes_are_heard_of(everything: str) -> None:
    """MCP 2026-07-28, subscriptions."""
    async with (
        meeting(everything) as client,
        await client.listen({"toolsListChanged": True, "promptsListChanged": True}) as news,
    ):
        acknowledged = await anext(news)
        assert acknowledged.params["notifications"] == {"toolsListChanged": True, "promptsListChanged": True}
        await client.call("test_trigger_tool_change", {})
        assert (await anext(news)).method == "notifications/tools/list_changed"
        await client.call("test_trigger_prompt_change", {})
        assert (await anext(news)).method == "notifications/prompts/list_changed"
