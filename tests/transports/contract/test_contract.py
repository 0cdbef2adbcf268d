"""What every client sees, in every revision and over every transport (MCP 2026-07-28 and the revisions before it)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mcpserver.testing import Client, Failure

from .stage import MEMO, TOOLS, Stage
from .ways import WAYS, WITH_FORMS, WITHOUT_FORMS, Way

PATIENCE = 10
everywhere = pytest.mark.parametrize("way", WAYS, ids=str)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(way: Way, stage: Stage) -> AsyncIterator[Client]:
    async with way.open(stage.server) as client:
        yield client


@asynccontextmanager
async def told(client: Client) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """What changes: asked for with the subscription, or by the session."""
    if not client.is_modern:
        await client.request("resources/subscribe", uri=MEMO)
    async with client.listen(toolsListChanged=True, resourceSubscriptions=[MEMO]) as news:
        if client.is_modern:
            assert (await soon(news))["method"] == "notifications/subscriptions/acknowledged"
        yield news


async def soon(news: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    return await asyncio.wait_for(anext(news), PATIENCE)


@everywhere
async def test_server_says_who_it_is_and_what_it_speaks(way: Way, client: Client) -> None:
    """2026-07-28, server: discovery; 2025-11-25, lifecycle: version negotiation."""
    spoken = client.server["supportedVersions"] if client.is_modern else [client.server["protocolVersion"]]
    assert way.revision in spoken
    assert set(client.server["capabilities"]) >= {"tools", "resources", "prompts", "completions", "logging"}


@everywhere
async def test_list_comes_in_pages_and_is_whole(client: Client) -> None:
    """Utilities: pagination; server: tools."""
    first = await client.request("tools/list")
    assert [tool["name"] for tool in first["tools"]] == TOOLS[:2]
    assert [tool["name"] for tool in await client.list_tools()] == TOOLS
    assert "nextCursor" in first


@everywhere
async def test_invented_cursor_is_refused(client: Client) -> None:
    """Utilities: pagination, error handling."""
    with pytest.raises(Failure) as failed:
        await client.request("tools/list", cursor="invented")
    assert failed.value.code == -32602


@everywhere
async def test_tool_is_called(client: Client) -> None:
    """Server: tools, calling tools."""
    result = await client.call_tool("greet", name="Ada")
    assert (result.text, result.is_error) == ("Hello, Ada", False)


@everywhere
async def test_structured_result_comes_as_value_and_as_text(client: Client) -> None:
    """Server: tools, structured content; who does not know it reads the text."""
    result = await client.call_tool("measure", side=2)
    assert result.structured == json.loads(result.text) == {"width": 2, "height": 4}


@everywhere
async def test_refusal_of_a_tool_is_for_the_model_to_read(client: Client) -> None:
    """Server: tools, error handling."""
    result = await client.call_tool("refuse")
    assert (result.text, result.is_error) == ("The shop is closed on Sundays.", True)


@everywhere
@pytest.mark.parametrize(
    ("method", "params", "code"),
    [("tools/call", {"name": "unknown", "arguments": {}}, -32602), ("tools/unknown", {}, -32601)],
)
async def test_unknown_tools_and_methods_are_errors_of_the_protocol(
    client: Client, method: str, params: dict[str, Any], code: int
) -> None:
    """Server: tools, error handling; JSON-RPC 2.0 section 5.1. The next request is answered."""
    with pytest.raises(Failure) as failed:
        await client.request(method, **params)
    assert failed.value.code == code
    assert (await client.call_tool("greet", name="Ada")).text == "Hello, Ada"


@everywhere
async def test_progress_comes_in_its_order_before_the_result(client: Client) -> None:
    """Utilities: progress."""
    assert (await client.call_tool("walk")).text == "there"
    assert [(method, params["progress"]) for method, params in client.notifications] == [
        ("notifications/progress", step) for step in (1, 2, 3)
    ]
    assert len({params["progressToken"] for _, params in client.notifications}) == 1


@everywhere
@pytest.mark.parametrize(("level", "said"), [("debug", ["little", "a lot"]), ("warning", ["a lot"])])
async def test_log_is_as_loud_as_the_client_wants(client: Client, level: str, said: list[str]) -> None:
    """Utilities: logging; a level for each request, or for the session."""
    client.log_level = level
    if not client.is_modern:
        await client.request("logging/setLevel", level=level)
    await client.call_tool("talk")
    assert [params["data"] for method, params in client.notifications if method == "notifications/message"] == said


@pytest.mark.parametrize("way", WITH_FORMS, ids=str)
@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"action": "accept", "content": {"name": "Ada"}}, "Ada"),
        ({"action": "decline"}, "(decline)"),
        ({"action": "cancel"}, "(cancel)"),
    ],
)
async def test_form_is_filled_in_declined_or_put_away(client: Client, answer: dict[str, Any], text: str) -> None:
    """Client: elicitation, response actions."""
    client.answers = {"elicitation/create": answer}
    assert (await client.call_tool("name_it")).text == text


@pytest.mark.parametrize("way", WITHOUT_FORMS, ids=str)
async def test_revision_without_forms_is_never_shown_one(client: Client) -> None:
    """2025-03-26 and before, client: no elicitation. Nothing is asked; the call is refused and says what is missing."""
    with pytest.raises(Failure) as failed:
        await client.call_tool("name_it")
    assert (failed.value.code, failed.value.data) == (-32021, {"requiredCapabilities": {"elicitation": {"form": {}}}})


@everywhere
async def test_model_of_the_client_is_asked(client: Client) -> None:
    """Client: sampling."""
    client.answers = {
        "sampling/createMessage": {
            "role": "assistant",
            "content": {"type": "text", "text": "hi"},
            "model": "m",
            "stopReason": "endTurn",
        }
    }
    assert (await client.call_tool("think")).text == "hi"


@everywhere
async def test_roots_of_the_client_are_asked_for(client: Client) -> None:
    """Client: roots."""
    client.answers = {"roots/list": {"roots": [{"uri": "file:///a"}, {"uri": "file:///b", "name": "b"}]}}
    assert (await client.call_tool("look_around")).text == "file:///a file:///b"


@everywhere
async def test_resources_are_listed_and_read(client: Client) -> None:
    """Server: resources."""
    assert [each["uri"] for each in await client.list_resources()] == [MEMO]
    assert await client.read_resource(MEMO) == [{"uri": MEMO, "mimeType": "text/plain", "text": "buy milk"}]


@everywhere
async def test_templates_are_listed_and_filled_in(client: Client) -> None:
    """Server: resources, resource templates."""
    assert [each["uriTemplate"] for each in await client.list_resource_templates()] == ["note://{number}"]
    assert await client.read_resource("note://7") == [{"uri": "note://7", "mimeType": "text/plain", "text": "note 7"}]


@everywhere
async def test_resource_that_is_not_there_is_named_in_the_error(way: Way, client: Client) -> None:
    """Server: resources, error handling."""
    with pytest.raises(Failure) as failed:
        await client.read_resource("memo://two")
    assert (failed.value.code, failed.value.data) == (way.absent, {"uri": "memo://two"})


@everywhere
async def test_prompts_are_listed_and_filled_in(client: Client) -> None:
    """Server: prompts."""
    assert [each["name"] for each in await client.list_prompts()] == ["review"]
    prompt = await client.get_prompt("review", language="rust")
    assert prompt["messages"] == [{"role": "user", "content": {"type": "text", "text": "Review this rust"}}]


@everywhere
async def test_arguments_are_completed(client: Client) -> None:
    """Utilities: completion."""
    assert await client.complete("review", "language", "ru") == ["rust"]


@everywhere
async def test_resource_that_changes_is_told_to_who_subscribed(client: Client, stage: Stage) -> None:
    """2026-07-28, patterns: subscriptions; 2025-11-25, resources: subscriptions."""
    async with told(client) as news:
        stage.server.resource_updated("memo://other")
        stage.server.resource_updated(MEMO)
        message = await soon(news)
    assert (message["method"], message["params"]["uri"]) == ("notifications/resources/updated", MEMO)


@everywhere
async def test_list_that_changes_is_told_and_is_another_one(client: Client, stage: Stage) -> None:
    """Server: tools, list changed notification."""
    async with told(client) as news:
        stage.server.remove_tool("greet")
        assert (await soon(news))["method"] == "notifications/tools/list_changed"
    assert [tool["name"] for tool in await client.list_tools()] == TOOLS[1:]


@everywhere
async def test_cancellation_stops_the_handler_and_nothing_else(way: Way, client: Client, stage: Stage) -> None:
    """2026-07-28, patterns: cancellation; 2025-11-25, utilities: cancellation."""
    calling = asyncio.create_task(client.request("tools/call", name="wait", arguments={}))
    await asyncio.wait_for(stage.begun.wait(), PATIENCE)
    if way.leaving:
        calling.cancel()
    else:
        await client.notify("notifications/cancelled", requestId=client._count)  # the id of the request sent last
    await asyncio.wait_for(stage.stopped.wait(), PATIENCE)
    await asyncio.wait_for(asyncio.wait({calling}), PATIENCE)
    assert calling.cancelled() or isinstance(calling.exception(), ConnectionError)
    assert (await client.call_tool("greet", name="Ada")).text == "Hello, Ada"
