"""Chapter O of the attack catalogue, what concerns the end of a program and a database that is busy: real processes,
real ports.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from aiohttp.test_utils import TestClient, TestServer

from mcpserver.settings import Settings

from ..holders import HOST, PUBLIC_URL, install
from ..ports import free_port
from ..processes import ROOT, Program, start_webclient

PATIENCE = 60
"""Seconds, on a busy machine; what would hold a program up sleeps for ten minutes."""
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}


def modern(method: str, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Body and headers of a request of 2026-07-28."""
    named = {"Mcp-Name": params["name"]} if "name" in params else {}
    meta = {**META, "progressToken": 1}
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": {"_meta": meta, **params}}, {
        **ACCEPT,
        "Mcp-Method": method,
        **named,
    }


@asynccontextmanager
async def lingering(seconds: int) -> AsyncIterator[tuple[Program, ClientSession]]:
    port = free_port()
    command = [sys.executable, "-u", "-m", "tests.attacks.lingering", str(port), str(seconds)]
    process = subprocess.Popen(  # noqa: ASYNC220 - as short as it is
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    program = Program(process, f"http://127.0.0.1:{port}")
    try:
        await asyncio.to_thread(program.wait_until_ready)
        async with ClientSession(program.url) as http:
            yield program, http
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


async def called(http: ClientSession, tool: str) -> tuple[int, dict[str, str], list[dict[str, Any]]]:
    """Status, headers, and the messages of the answer."""
    body, headers = modern("tools/call", name=tool, arguments={})
    async with http.post("/mcp", json=body, headers=headers) as answer:
        text = await answer.text()
        lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")] or [text]
        return answer.status, dict(answer.headers), [json.loads(line) for line in lines]


async def begun(http: ClientSession, number: int) -> None:
    """Until so many calls have."""
    async with asyncio.timeout(PATIENCE):
        while (await called(http, "count"))[2][0]["result"]["structuredContent"] < number:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


async def ended(program: Program) -> int:
    return await asyncio.to_thread(program.process.wait, PATIENCE)


async def session(http: ClientSession) -> dict[str, str]:
    """The headers of a session of 2025-11-25."""
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    async with http.post(
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params},
        headers={"Accept": ACCEPT["Accept"]},
    ) as answer:
        assert answer.status == 200
        return {
            "Accept": ACCEPT["Accept"],
            "Mcp-Session-Id": answer.headers["Mcp-Session-Id"],
            "MCP-Protocol-Version": "2025-11-25",
        }


async def test_o8_stop_answers_every_call_and_closes_every_stream() -> None:
    """MCP 2026-07-28, patterns: subscriptions: graceful closure; RFC 9110 sections 10.2.3 and 15.6.4."""
    async with lingering(6) as (program, http):
        body, headers = modern("subscriptions/listen", notifications={})
        earlier = await session(http)
        async with (
            http.post("/mcp", json=body, headers=headers) as listening,
            http.get("/mcp", headers=earlier) as beside,
        ):
            assert b"acknowledged" in await listening.content.readuntil(b"\n\n")
            old = {"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "sleep", "arguments": {}}}
            calls = [asyncio.create_task(called(http, tool)) for tool in ("sleep", "wait", "finish")]
            in_session = asyncio.create_task(http.post("/mcp", json=old, headers=earlier))
            await begun(http, 4)
            program.process.send_signal(signal.SIGTERM)
            slept, waited, finished = await asyncio.wait_for(asyncio.gather(*calls), PATIENCE)
            last = [line for line in (await listening.read()).decode().splitlines() if line.startswith("data: ")][-1]
            assert await beside.read() is not None
            async with await in_session as answer:
                message = json.loads(
                    [line for line in (await answer.text()).splitlines() if "jsonrpc" in line][-1].removeprefix(
                        "data: "
                    )
                )
        assert (message["id"], message["error"]["code"]) == (9, -32603)
        assert json.loads(last.removeprefix("data: "))["result"] == {
            "resultType": "complete",
            "_meta": {
                "io.modelcontextprotocol/subscriptionId": 7,
                "io.modelcontextprotocol/serverInfo": {"name": "Lingering", "version": "0"},
            },
        }
        assert finished[2][-1]["result"]["content"][0]["text"] == "finished"
        assert (slept[0], slept[1].get("Retry-After")) == (503, "5")
        assert slept[2][-1]["error"]["data"] == {"repeatable": False}
        assert "shutting down" in slept[2][-1]["error"]["message"]
        assert (waited[0], waited[2][-1]["error"]["data"]) == (200, {"repeatable": True})
        assert await ended(program) == 0


async def test_o8_what_takes_no_end_holds_nothing_up() -> None:
    """The end is bounded, threads and handlers that swallow their cancellation included."""
    async with lingering(2) as (program, http):
        calls = [asyncio.create_task(called(http, tool)) for tool in ("cling", "sleep")]
        await begun(http, 2)
        program.process.send_signal(signal.SIGTERM)
        assert await ended(program) == 0
        await asyncio.gather(*calls, return_exceptions=True)


async def test_o8_second_signal_ends_at_once() -> None:
    async with lingering(3600) as (program, http):
        call = asyncio.create_task(called(http, "sleep"))
        await begun(http, 1)
        program.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            while program.process.poll() is None:
                await asyncio.sleep(0.5)
                program.process.send_signal(signal.SIGINT)
        assert program.process.returncode == 128 + signal.SIGINT
        await asyncio.gather(call, return_exceptions=True)


@pytest.fixture
def hangups() -> Iterator[None]:
    """Not ignored, as they are below nohup, which programs inherit."""
    former = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, former)


@pytest.mark.usefixtures("hangups")
async def test_o8_hangup_ends_nothing() -> None:
    """SIGHUP: a terminal of somebody else's that closed, or an operator who expects settings to be read again."""
    async with lingering(8) as (program, http):
        program.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            while not any("SIGHUP" in line for line in program.lines):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        assert (await called(http, "count"))[0] == 200
        program.process.send_signal(signal.SIGTERM)
        assert await ended(program) == 0


def test_o8_web_client_lives_through_a_hangup_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    program = start_webclient(tmp_path / "webclient.db", port=free_port())
    try:
        program.process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(1)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(PATIENCE) == 0
    finally:
        program.process.kill()
        program.process.wait()


async def test_o4_busy_database_is_told_by_every_door_of_the_endpoint() -> None:
    """RFC 9110 section 15.6.4: 503 and when to come back, as an error of JSON-RPC; a tool says it in words.

    Here the store has closed under the service.
    """
    installation = await install(Settings(public_url=PUBLIC_URL, database="sqlite://"))
    async with TestClient(TestServer(installation.app), headers={"Host": HOST}) as http:
        known, new = await installation.bearer(), await installation.bearer()
        begin = {
            "jsonrpc": "2.0",
            "id": 3,
            "method": "initialize",
            "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}},
        }
        accept = {"Accept": ACCEPT["Accept"]}
        begun_ = await http.post("/mcp", json=begin, headers={**known, **accept})
        here = {**known, **accept, "Mcp-Session-Id": begun_.headers["Mcp-Session-Id"]}
        await installation.service.store.close()
        installation.clock.now += 2
        body, headers = modern("tools/list")
        ping = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
        task, task_headers = modern("tasks/get", taskId="1")
        task["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = {
            "extensions": {"io.modelcontextprotocol/tasks": {}}
        }
        refused = {
            "a token that is new": http.post("/mcp", json=body, headers={**new, **headers}),
            "a session that begins": http.post("/mcp", json=begin, headers={**known, **accept}),
            "a session that goes on": http.post("/mcp", json=ping, headers=here),
            "a stream": http.get("/mcp", headers=here),
            "the end of a session": http.delete("/mcp", headers=here),
            "a task": http.post("/mcp", json=task, headers={**known, **task_headers, "Mcp-Name": "1"}),
        }
        for what, asked in refused.items():
            answer = await asked
            assert (answer.status, answer.headers.get("Retry-After")) == (503, "5"), what
            message = await answer.json()
            assert (message["jsonrpc"], message["error"]["code"]) == ("2.0", -32603), what
            assert "try again" in message["error"]["message"], what
        call, call_headers = modern("tools/call", name="list_notes", arguments={})
        said = await (await http.post("/mcp", json=call, headers={**known, **call_headers})).json()
        assert said["result"]["isError"]
        assert "try again in a few seconds" in said["result"]["content"][0]["text"]


async def test_o4_busy_database_is_a_fault_on_no_route() -> None:
    installation = await install(Settings(public_url=PUBLIC_URL, database="sqlite://", openid=True))
    async with TestClient(TestServer(installation.app), headers={"Host": HOST}) as http:
        bearer = await installation.bearer()
        await installation.service.store.close()
        cookies = {"Cookie": "__Host-mcpserver-session=x; mcpserver-session=x"}
        for route in installation.app.router.routes():
            info = route.resource.get_info() if route.resource is not None else {}
            path = info.get("path") or info.get("formatter", "").replace("{id}", "1").replace("{client_id}", "client")
            for method in (route.method,) if route.method != "*" else ("GET", "POST"):
                for headers in (bearer, cookies):
                    try:
                        answer = await http.request(method, path, headers=headers, allow_redirects=False)
                    except ClientError as error:
                        raise AssertionError(f"{method} {path}") from error
                    assert answer.status != 500, f"{method} {path}"
                    assert answer.status != 503 or "Retry-After" in answer.headers, f"{method} {path}"
