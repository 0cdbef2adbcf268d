"""The web client with servers of before 2026-07-28 by other people: tools that require a task, and stdio servers
behind a bridge to HTTP.
"""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import provision
from tests.ports import free_port
from tests.processes import ROOT, Program, running
from tests.webclient.browser import Browser, Page
from tests.webclient.cli.test_commands import Terminal, terminal
from tests.webclient.conftest import browser, model
from tests.webclient.model import Model, wants
from tests.webclient.test_assistant import begin, client, decide, tool_messages
from tests.webclient.test_assistant import until as until_said
from tests.webclient.test_workbench import answered, until

__all__ = ["browser", "client", "model", "terminal"]
SERVER = Path(__file__).parent / "servers" / "earlier.mjs"
pytestmark = pytest.mark.xdist_group("earlier-servers")


def _started(command: list[str], port: int) -> Program:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    program = Program(process, f"http://127.0.0.1:{port}")
    program.wait_until_ready()
    return program


@pytest.fixture(scope="module")
def tasked() -> Iterator[str]:
    """The address of a server of the official SDK with tools that require a task."""
    port, sdk = free_port(), provision.need(provision.earlier_typescript_sdk)
    with running(_started([str(provision.node()), str(SERVER), str(sdk), str(port)], port)) as program:
        yield f"{program.url}/mcp"


@pytest.fixture(scope="module")
def bridged() -> Iterator[str]:
    """A stdio server of the official SDK behind supergateway."""
    port, sdk = free_port(), provision.need(provision.earlier_typescript_sdk)
    stdio = shlex.join([str(provision.node()), str(SERVER), str(sdk), "stdio"])
    command = [*provision.supergateway(), "--stdio", stdio, "--outputTransport", "streamableHttp", "--port", str(port)]
    with running(_started(command, port)) as program:
        yield f"{program.url}/mcp"


def messages_in(trace: str) -> list[dict[str, Any]]:
    """The requests and notifications of MCP that a trace file says were sent."""
    steps = [step for run in json.loads(trace)["runs"] for step in run["steps"]]
    requests = [exchange["request"] for step in steps for exchange in step["exchanges"]]
    messages = [json.loads(request["body"]) for request in requests if "json" in request["kind"] and request["body"]]
    return [message for message in messages if "method" in message]


async def connected(browser: Browser, url: str) -> Page:
    page = await browser.add(url)
    assert "Connected" in page.text
    assert "elder" in page.text
    return page


async def test_task_is_waited_for_on_the_pages(browser: Browser, tasked: str) -> None:
    """MCP 2025-11-25, tasks: created, polled, and its result fetched."""
    page = await connected(browser, tasked)
    assert "left out" not in page.text
    done = await until(browser, page, await browser.call(page, "build", subject="a ship"), "built a ship")
    assert "build returned" in done.text
    assert "task completed" in (await browser.get(f"{browser.room_of(page)}/calls")).text


@pytest.mark.parametrize(("do", "said"), [("accept", "Ada's ring"), ("decline", "nobody's ring: decline")])
async def test_question_of_a_task_is_answered_on_its_page(browser: Browser, tasked: str, do: str, said: str) -> None:
    """MCP 2025-11-25, tasks, input required status: it comes on the stream of tasks/result."""
    page = await connected(browser, tasked)
    asking = await until(browser, page, await browser.call(page, "engrave", subject="ring"), "Whose ring?")
    await answered(browser, asking, **{"arg./name": "Ada", "do": do})
    assert "engrave returned" in (await until(browser, page, asking, said)).text


async def test_task_that_fails_is_said_to(browser: Browser, tasked: str) -> None:
    page = await connected(browser, tasked)
    assert (
        "out of wood"
        in (await until(browser, page, await browser.call(page, "burn", subject="wood"), "out of wood")).text
    )


async def test_task_is_cancelled_with_its_call(browser: Browser, tasked: str) -> None:
    """MCP 2025-11-25, tasks: tasks/cancel, and no notifications/cancelled for the call.

    A poll under way may be given up by one.
    """
    page = await connected(browser, tasked)
    begun = await until(browser, page, await browser.call(page, "dawdle", subject="x"), "task working")
    gone = await browser.submit(begun, begun.form("/cancel"))
    assert "You cancelled this call. It may have taken effect." in gone.text
    sent = messages_in((await browser.get(f"{browser.room_of(page)}/trace.json?run=all")).html)
    assert "tasks/cancel" in [message["method"] for message in sent]
    (call,) = (message["id"] for message in sent if message["method"] == "tools/call")
    given_up = [message["params"]["requestId"] for message in sent if message["method"] == "notifications/cancelled"]
    assert call not in given_up


async def test_model_gets_what_a_task_came_to(browser: Browser, tasked: str, model: Model) -> None:
    model.lines = [wants(("build", {"subject": "a ship"})), "There it is."]
    await connected(browser, tasked)
    page = await begin(browser, "Build me a ship")
    await until_said(browser, await decide(browser, page, "allow"), "There it is.")
    (told,) = tool_messages(model.asked[1])
    assert "built a ship" in told


async def test_task_is_waited_for_on_the_command_line(terminal: Terminal, tasked: str) -> None:
    built, burnt = (
        await terminal("call", tasked, "build", "subject=a ship"),
        await terminal("call", tasked, "burn", "subject=wood"),
    )
    assert (built.status, built.out) == (0, "built a ship\n")
    assert (burnt.status, burnt.out) == (3, "Error: out of wood\n")


async def test_stdio_server_behind_supergateway_is_met_in_its_own_revision(browser: Browser, bridged: str) -> None:
    """It answers server/discover with 404 and -32601: the older handshake is tried before that counts (MCP
    2026-07-28, versioning).
    """
    page = await connected(browser, bridged)
    for tool in (*(f"number{number}" for number in range(1, 15)), "greet"):
        assert tool in page.text.split()
    assert "2025-11-25" in page.text
    done = await browser.call(page, "greet", name="Ada")
    assert "Hello, Ada!" in (await until(browser, page, done, "returned")).text
    assert "Failed" not in done.text
