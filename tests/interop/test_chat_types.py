"""What the assistant sends and reads, held against the types of OpenAI's own library: the format that its endpoint
speaks.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from tests.ports import free_port
from tests.webclient.browser import Browser
from tests.webclient.conftest import Clock, Running, model
from tests.webclient.foreign import Foreign
from tests.webclient.model import Line, Model, wants
from webclient.settings import Settings

__all__ = ["model"]
REQUEST = TypeAdapter(CompletionCreateParamsNonStreaming)


def typed(line: Line) -> Any:
    """The reply as the library would have read it off the wire, and nothing that its types do not know."""

    def reply(body: dict[str, Any]) -> tuple[int, Any]:
        said = line(body) if callable(line) else {"role": "assistant", "content": line}
        finish = "tool_calls" if said.get("tool_calls") else "stop"
        choice = {"index": 0, "message": {"refusal": None, **said}, "finish_reason": finish, "logprobs": None}
        answer = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-typed",
            "choices": [choice],
        }
        return 200, ChatCompletion.model_validate(answer, strict=True).model_dump()

    return reply


@pytest.fixture
async def browser(tmp_path: Path, model: Model) -> AsyncIterator[Browser]:
    running = Running(
        Settings(
            port=free_port(), database="sqlite://", call_timeout=5, assistant_url=model.url, assistant_model="gpt-typed"
        ),
        Clock(),
    )
    await running.start()
    person = Browser(running.home)
    yield person
    await person.close()
    await running.stop()


async def test_conversation_with_calls_is_of_the_types(browser: Browser, model: Model) -> None:
    foreign = await Foreign().start()
    foreign.lies.open_door = True
    await browser.add(foreign.url)
    lines: list[Line] = [wants(("whoami", {}), ("no_such_tool", {}), text="Let me see"), "You are Ada."]
    model.lines = [typed(line) for line in lines]
    page = await browser.get("/assistant")
    page = await browser.submit(page, page.form("/assistant"), text="Who am I?")
    async with asyncio.timeout(10):
        page = await browser.submit(page, page.form("/decide"), do="allow")
    assert "You are Ada." in page.text
    assert "gpt-typed" in page.text
    assert len(model.asked) == 2
    for body in model.asked:
        REQUEST.validate_python(body, strict=True)
    await foreign.stop()
