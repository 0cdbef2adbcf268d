"""The assistant's parts by value: a server's sampling as a request, results as words, wishes from odd endpoints."""

from typing import Any, cast

import pytest
from attrs import evolve

from tests.webclient.test_assistant import begin, client, connected, until
from webclient.assistant.endpoint import Endpoint, ModelCall
from webclient.assistant.outcome import outcome_of
from webclient.assistant.sampling import sampling_request
from webclient.assistant.toolbox import function_name, read_wish, toolbox
from webclient.fetcher import Fetcher, Limits
from webclient.storage import CallRecord, Integration
from webclient.wire import Tool

from .browser import Browser, Page
from .conftest import Running
from .model import Model

__all__ = ["client", "connected"]
TEXT = {"type": "text", "text": "Hello"}


def test_sampling_becomes_a_chat_request() -> None:
    """MCP 2026-07-28, sampling: roles, the system prompt, one block or several, pictures and sound, limits."""
    params = {
        "systemPrompt": "Be brief.",
        "messages": [
            {"role": "user", "content": TEXT},
            {"role": "assistant", "content": [TEXT, TEXT]},
            {
                "role": "user",
                "content": [
                    TEXT,
                    {"type": "image", "mimeType": "image/png", "data": "iVBO"},
                    {"type": "audio", "mimeType": "audio/mpeg", "data": "SUQz"},
                    {"type": "audio", "mimeType": "audio/x-wav", "data": "UklG"},
                    {"type": "tool_result", "toolUseId": "1", "content": []},
                ],
            },
        ],
        "maxTokens": 100,
        "temperature": 0.1,
        "stopSequences": ["\n"],
    }
    messages, more = sampling_request(params)
    assert messages[:3] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello\n\nHello"},
    ]
    content = messages[3]["content"]
    assert isinstance(content, list)
    text, picture, sound, wave, other = content
    assert text == TEXT
    assert picture == {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}
    assert (sound["input_audio"], wave["input_audio"]["format"]) == ({"data": "SUQz", "format": "mp3"}, "wav")
    assert '"toolUseId": "1"' in other["text"]
    assert more == {"max_tokens": 100, "temperature": 0.1, "stop": ["\n"]}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"messages": 1, "systemPrompt": [], "maxTokens": "many", "temperature": True, "stopSequences": [1]},
        {"messages": [7, None], "maxTokens": -5},
    ],
)
def test_what_a_server_set_wrongly_is_left_out(params: dict[str, Any]) -> None:
    assert sampling_request(params) == ([], {"max_tokens": 8000})


def test_no_server_asks_for_more_than_the_client_pays() -> None:
    messages, more = sampling_request({"messages": [{"role": "user", "content": TEXT}] * 500, "maxTokens": 10**9})
    assert (len(messages), more["max_tokens"]) == (100, 8000)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"content": [TEXT, TEXT]}, "Hello\n\nHello"),
        ({"content": []}, "The tool returned nothing."),
        ({"content": "odd"}, "The tool returned nothing."),
        ({"structuredContent": {"a": 1}}, '{\n  "a": 1\n}'),
        ({"structuredContent": {"a": 1}, "content": [TEXT]}, "Hello"),
        ({"content": [{"type": "resource_link", "uri": "note:1"}]}, "(a resource: note:1)"),
        ({"content": [{"type": "resource", "resource": {"uri": "note:1", "text": "Milk"}}]}, "Milk"),
        ({"content": [{"type": "resource", "resource": {"uri": "note:1", "blob": "AAAA"}}]}, "(a file: note:1)"),
        ({"content": [TEXT], "isError": True}, "The tool reported a failure: Hello"),
    ],
)
def test_result_in_words(result: dict[str, Any], told: str) -> None:
    assert outcome_of(CallRecord("tool", result=result)) == told


def test_result_that_breaks_its_schema_is_told_as_wrong() -> None:
    record = CallRecord("tool", result={"structuredContent": {"a": 1}}, problem="What came back does not fit.")
    assert outcome_of(record) == "The tool reported a failure: What came back does not fit."


def test_names_are_what_models_take_and_tell_servers_apart() -> None:
    """MCP 2026-07-28, tool names: up to 128 characters, dots and slashes among them."""
    one, two = (
        Integration(name, b"", "Notes", "https://x.example/mcp", 0, tools=({"name": "a.b/c" * 25, "inputSchema": {}},))
        for name in ("1", "2")
    )
    offers = toolbox([one, two])
    assert len(offers) == 2
    assert all(len(name) <= 64 and name.replace("_", "").replace("-", "").isalnum() for name in offers)
    assert function_name(one, "x") == function_name(one, "x") != function_name(two, "x")
    assert read_wish(ModelCall("1", next(iter(offers)), ""), offers).arguments == {}


async def test_wishes_without_ids_and_with_objects_are_taken(model: Model) -> None:
    """Some programs that serve models leave ids out, give one twice, or write arguments as an object."""
    functions = [
        {"function": {"name": "a", "arguments": {"x": 1}}},
        {"id": "same", "function": {"name": "b", "arguments": "{}"}},
        {"id": "same", "function": {"name": "c", "arguments": "{}"}},
        {"id": "4", "function": "d"},
        "e",
    ]
    fetcher = Fetcher(Limits(), private=True)
    model.lines = [{"content": "", "tool_calls": functions}, {"content": None, "refusal": "I will not."}]
    endpoint = Endpoint(model.url, "wise", "", 5, fetcher)
    reply = await endpoint.complete([{"role": "user", "content": "x"}])
    assert reply.calls == (
        ModelCall("call-0", "a", '{"x": 1}'),
        ModelCall("same", "b", "{}"),
        ModelCall("call-2", "c", "{}"),
    )
    assert (await endpoint.complete([{"role": "user", "content": "x"}])).text == "I will not."
    assert model.keys == [None, None]
    await fetcher.close()


async def test_fault_of_ours_gets_a_reference_and_the_whole_story_in_the_log(
    browser: Browser, client: Running, model: Model, connected: Page, caplog: pytest.LogCaptureFixture
) -> None:
    """A tool that the store gives back without a schema, as no listing lets in."""
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    await client.connections.store.change_integration(evolve(integration, tools=(cast(Tool, {"name": "whoami"}),)))
    page = await until(browser, await begin(browser), "It is not your fault")
    reference = page.text.partition("details under ")[2].split(".")[0]
    assert reference
    assert reference in caplog.text
    assert "KeyError" in caplog.text
    assert "KeyError" not in page.text
