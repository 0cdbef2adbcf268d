"""stdio in both eras (MCP 2026-07-28, stdio; 2025-11-25, transports: stdio)."""

import asyncio
import json
from typing import Any

import pytest

from mcpserver import Context, MCPServer, User
from mcpserver.transports.stdio.framing import MAX_LINE

from .channel import META, connected, meta

ADA = User("1", "ada", "Ada", "ada@example.com", frozenset(), "stdio", "stdio")


@pytest.fixture
def server() -> MCPServer:
    server = MCPServer("notes", version="1")
    server.entered = asyncio.Event()  # type: ignore[attr-defined]
    server.left = asyncio.Event()  # type: ignore[attr-defined]

    @server.tool
    async def add(a: int, b: int) -> int:
        return a + b

    @server.tool
    async def wait(context: Context) -> str:
        """Until it is cancelled; what it says then must not be heard."""
        server.entered.set()  # type: ignore[attr-defined]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            server.left.set()  # type: ignore[attr-defined]
            await context.progress(1)
            return "never heard"
        return "never"

    @server.tool
    async def ask(context: Context) -> str:
        return "yes" if await context.ask_yes_no("Sure?") else "no"

    @server.tool
    async def count(context: Context) -> str:
        for number in range(50):
            await context.progress(number)
        return "done"

    @server.tool(scope="notes:write")
    async def whoami(user: User | None) -> str:
        return "nobody" if user is None else f"{user.name} {sorted(user.scopes)}"

    @server.tool
    async def read_out(size: int) -> str:
        return "x" * size

    @server.resource("note://1")
    async def note() -> str:
        return "text"

    @server.prompt
    async def broken() -> str:
        raise KeyError("a secret")

    return server


async def test_probe_is_answered_before_anything_else(server: MCPServer) -> None:
    """stdio: backward compatibility."""
    async with connected(server) as other:
        await other.modern(1, "server/discover")
        answer = await other.get()
        assert answer["id"] == 1
        assert "2026-07-28" in answer["result"]["supportedVersions"]


async def test_probe_of_another_version_is_told_those_that_are_spoken(server: MCPServer) -> None:
    """Versioning: protocol version negotiation."""
    async with connected(server) as other:
        await other.modern(1, "server/discover", meta={"version": "2027-01-01"})
        error = (await other.get())["error"]
        assert (error["code"], error["data"]["requested"]) == (-32022, "2027-01-01")


async def test_tool_is_called_without_a_handshake(server: MCPServer) -> None:
    async with connected(server) as other:
        answer = await other.call(1, "add", a=1, b=2)
        assert answer["result"]["structuredContent"] == 3
        assert answer["result"]["resultType"] == "complete"


async def test_initialize_begins_the_session_of_the_channel(server: MCPServer) -> None:
    """2025-11-25, lifecycle."""
    async with connected(server) as other:
        assert (await other.initialize())["result"]["protocolVersion"] == "2025-11-25"
        await other.begin(2, "tools/call", name="add", arguments={"a": 1, "b": 2})
        answer = await other.get()
        assert answer["result"]["structuredContent"] == {"result": 3}
        await other.begin(3, "ping")
        assert await other.get() == {"jsonrpc": "2.0", "id": 3, "result": {}}


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [("tools/list", {}, -32602), ("tools/list", {"_meta": meta("2025-11-25")}, -32600), ("ping", {}, None)],
)
async def test_before_initialize_only_a_ping_is_answered(
    server: MCPServer, method: str, params: Any, code: int | None
) -> None:
    """2025-11-25, lifecycle: initialization; 2026-07-28, basic: general fields."""
    async with connected(server) as other:
        await other.begin(1, method, **params)
        assert (await other.get()).get("error", {}).get("code") == code


async def test_second_initialize_begins_anew(server: MCPServer) -> None:
    async with connected(server) as other:
        await other.initialize()
        assert (await other.initialize("2025-06-18"))["result"]["protocolVersion"] == "2025-06-18"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"null", -32600),
        (b"{}", -32600),
        (b"[]", -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":"' + b"x" * 70_000 + b'","method":"ping"}', -32600),
        (b"[" * 60_000, -32700),
    ],
)
async def test_bad_line_is_answered_and_the_server_lives_on(server: MCPServer, line: bytes, code: int) -> None:
    """JSON-RPC 2.0 section 5.1."""
    async with connected(server) as other:
        await other.send(line)
        answer = await other.get()
        assert answer["error"]["code"] == code
        assert "id" not in answer
        assert (await other.call(2, "add", a=1, b=1))["id"] == 2


@pytest.mark.parametrize("end", [b"\r", b" \t\r", b"\r\n\r\n\n   "])
async def test_line_may_end_as_on_windows_and_blank_lines_say_nothing(server: MCPServer, end: bytes) -> None:
    """MCP 2026-07-28, stdio: messages are delimited by newlines; RFC 8259 section 2: whitespace around a JSON text
    means nothing.
    """
    async with connected(server) as other:
        await other.send(b"", b"\r", b"  ", b'{"jsonrpc":"2.0","id":1,"method":"ping"}' + end)
        assert (await other.get())["id"] == 1
        assert await other.leave() == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', -32700),
        ('{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16"), -32700),
        (b"\x00" * 100, -32700),
        (b"x" * (20 * 1024 * 1024), -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"' + b"x" * (20 * 1024 * 1024) + b'"}}', -32600),
        (b"[" * 1_000_000, -32700),
        (b"[" + b",".join([b"[]"] * 1_000_000) + b"]", -32600),
    ],
    ids=["BOM", "bad UTF-8", "UTF-16", "NUL", "20 MB", "20 MB of a message", "deep", "wide"],
)
async def test_line_of_other_bytes_is_answered_and_the_next_line_works(
    server: MCPServer, line: bytes, code: int
) -> None:
    """JSON-RPC 2.0 section 5.1; RFC 8259 section 8.1: JSON between programs is UTF-8, without a byte order mark."""
    async with connected(server, max_line=MAX_LINE) as other:
        sending = asyncio.create_task(other.send(line))
        answer = await other.get()
        await sending
        assert answer["error"]["code"] == code
        assert answer.get("id") in (None, 1)
        await other.begin(2, "ping")
        assert (await other.get())["id"] == 2


async def test_tail_of_a_long_line_is_not_a_message(server: MCPServer) -> None:
    """What was too long must not be read from its middle."""
    async with connected(server, max_line=1000) as other:
        await other.send(b'{"x":"' + b" " * 200_000 + b'{"jsonrpc":"2.0","id":1,"method":"ping"}', b"", b" \r")
        assert (await other.get())["error"]["code"] == -32600
        assert (await other.call(2, "add", a=1, b=1))["id"] == 2
        other.writer.write(b"y" * 2000)
        assert [message["error"]["code"] for message in await other.leave()] == [-32600]


async def test_last_line_may_lack_its_end(server: MCPServer) -> None:
    async with connected(server) as other:
        await other.initialize()
        other.writer.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}')
        assert await other.leave() == [{"jsonrpc": "2.0", "id": 1, "result": {}}]


async def test_cancelled_request_is_stopped_and_never_mentioned_again(server: MCPServer) -> None:
    """Patterns: cancellation."""
    async with connected(server) as other:
        await other.modern(1, "tools/call", name="wait", arguments={}, meta={"progressToken": 1})
        await server.entered.wait()  # type: ignore[attr-defined]
        for wrong in (True, [1], None, "1", 7):
            await other.say("notifications/cancelled", requestId=wrong)
        await other.say("notifications/cancelled", requestId=1)
        await other.say("notifications/cancelled", requestId=1)
        await asyncio.wait_for(server.left.wait(), 10)  # type: ignore[attr-defined]
        assert (await other.call(2, "add", a=1, b=1))["id"] == 2
        assert await other.leave() == []


async def test_request_cancelled_in_the_same_breath_leaves_its_id_free(server: MCPServer) -> None:
    async with connected(server) as other:
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"_meta": meta(), "name": "wait"}}
        cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
        await other.send(json.dumps(request).encode(), json.dumps(cancel).encode())
        assert (await other.call(2, "add", a=1, b=1))["id"] == 2
        assert (await other.call(1, "add", a=1, b=1))["id"] == 1


async def test_requests_run_beside_each_other_and_lines_stay_whole(server: MCPServer) -> None:
    async with connected(server) as other:
        for number in range(10):
            await other.modern(number, "tools/call", name="count", arguments={}, meta={"progressToken": number})
        messages = [await other.get() for _ in range(10 * 51)]
        assert sorted(message["id"] for message in messages if "id" in message) == list(range(10))
        for number in range(10):
            told = [
                each["params"]["progress"] for each in messages if each.get("params", {}).get("progressToken") == number
            ]
            assert told == list(range(50))


async def test_id_of_a_request_under_way_is_refused_without_naming_it(server: MCPServer) -> None:
    """Basic: requests; ids are used once."""
    async with connected(server, patience=0.1) as other:
        await other.modern(1, "tools/call", name="wait")
        await server.entered.wait()  # type: ignore[attr-defined]
        await other.modern(1, "tools/list")
        answer = await other.get()
        assert answer["error"]["code"] == -32600
        assert "id" not in answer


async def test_more_requests_than_can_be_under_way_are_refused(server: MCPServer) -> None:
    async with connected(server, patience=0.1) as other:
        for number in range(1001):
            await other.modern(number, "tools/call", name="wait")
        answer = await other.get()
        assert (answer["id"], answer["error"]["code"]) == (1000, -32603)


async def test_subscription_carries_its_id_until_the_client_ends_it(server: MCPServer) -> None:
    """Patterns: subscriptions."""
    async with connected(server) as other:
        await other.modern("sub", "subscriptions/listen", notifications={"toolsListChanged": True})
        told = await other.get()
        assert told["method"] == "notifications/subscriptions/acknowledged"
        server.remove_tool("count")
        told = await other.get()
        assert (told["method"], told["params"]["_meta"]) == (
            "notifications/tools/list_changed",
            {META + "subscriptionId": "sub"},
        )
        await other.say("notifications/cancelled", requestId="sub")
        assert (await other.call(2, "add", a=1, b=1))["id"] == 2
        server.remove_tool("ask")
        assert await other.leave() == []


async def test_subscription_ends_with_a_result_when_the_input_does(server: MCPServer) -> None:
    """Patterns: subscriptions, graceful closure."""
    async with connected(server) as other:
        await other.modern("sub", "subscriptions/listen", notifications={})
        await other.get()
        (last,) = await other.leave()
        assert (last["id"], last["result"]["resultType"], last["result"]["_meta"][META + "subscriptionId"]) == (
            "sub",
            "complete",
            "sub",
        )


async def test_modern_client_is_asked_in_the_result(server: MCPServer) -> None:
    """stdio: the server must not write requests."""
    async with connected(server) as other:
        capabilities: Any = {"elicitation": {}}
        await other.modern(1, "tools/call", name="ask", arguments={}, meta={"capabilities": capabilities})
        result = (await other.get())["result"]
        assert result["resultType"] == "input_required"
        answers = {key: {"action": "accept", "content": {"yes": True}} for key in result["inputRequests"]}
        more = {"inputResponses": answers, "requestState": result["requestState"]}
        await other.modern(2, "tools/call", name="ask", arguments={}, meta={"capabilities": capabilities}, **more)
        assert (await other.get())["result"]["content"][0]["text"] == "yes"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ({"result": {"action": "accept", "content": {"yes": True}}}, "yes"),
        ({"result": {"action": "decline"}}, "no"),
    ],
)
async def test_earlier_client_is_asked_on_the_channel(server: MCPServer, reply: Any, text: str) -> None:
    """2025-11-25, client: elicitation."""
    async with connected(server) as other:
        await other.initialize(elicitation={})
        await other.begin(1, "tools/call", name="ask", arguments={})
        question = await other.get()
        assert question["method"] == "elicitation/create"
        await other.put({"jsonrpc": "2.0", "id": "nobody's", "result": {}})
        await other.put({"jsonrpc": "2.0", "id": question["id"], **reply})
        await other.put({"jsonrpc": "2.0", "id": question["id"], **reply})
        assert (await other.get())["result"]["content"][0]["text"] == text


@pytest.mark.parametrize("error", [{"code": -1, "message": "not now"}, {"code": -1}])
async def test_refused_question_ends_the_request(server: MCPServer, error: Any) -> None:
    async with connected(server) as other:
        await other.initialize(elicitation={})
        await other.begin(1, "tools/call", name="ask", arguments={})
        question = await other.get()
        await other.put({"jsonrpc": "2.0", "id": question["id"], "error": error})
        assert error.get("message", "did not say why") in (await other.get())["error"]["message"]


async def test_question_is_not_waited_for_when_the_client_has_left(server: MCPServer) -> None:
    async with connected(server, patience=60) as other:
        await other.initialize(elicitation={})
        await other.begin(1, "tools/call", name="ask", arguments={})
        await other.get()
        await other.begin(2, "tools/call", name="ask", arguments={})
        assert [
            message.get("error", {}).get("message") for message in await other.leave() if message.get("id") in (1, 2)
        ] == ["The client left without an answer."] * 2


async def test_earlier_client_hears_of_changes(server: MCPServer) -> None:
    """2025-11-25, server: resources and tools."""
    async with connected(server) as other:
        await other.initialize("2025-11-25")
        await other.initialize("2025-11-25")
        await other.begin(1, "resources/subscribe", uri="note://1")
        assert "result" in await other.get()
        server.resource_updated("note://2")
        server.resource_updated("note://1")
        assert (await other.get())["params"] == {"uri": "note://1"}
        server.remove_tool("add")
        assert (await other.get())["method"] == "notifications/tools/list_changed"


async def test_batch_is_answered_as_one(server: MCPServer) -> None:
    """2025-03-26, basic: batching."""
    async with connected(server) as other:
        await other.initialize("2025-03-26")
        call = {"method": "tools/call", "params": {"name": "wait", "arguments": {}}}
        await other.put(
            [
                {"jsonrpc": "2.0", "id": 1, "method": "ping"},
                {"jsonrpc": "2.0", "id": 2, **call},
                {"jsonrpc": "2.0", "method": "x"},
            ]
        )
        await asyncio.wait_for(server.entered.wait(), 10)  # type: ignore[attr-defined]
        await other.say("notifications/cancelled", requestId=1)
        await other.say("notifications/cancelled", requestId=2)
        assert await other.get() == [{"jsonrpc": "2.0", "id": 1, "result": {}}]
        await other.put([{"jsonrpc": "2.0", "id": 3, "method": "ping"}] * 2)
        assert (await other.get())["error"]["code"] == -32600


async def test_batch_that_is_too_large_is_refused_before_any_part_of_it_begins(server: MCPServer) -> None:
    """Half of one would never be answered."""
    begun: list[int] = []

    @server.tool
    async def begin() -> None:
        begun.append(1)

    async with connected(server) as other:
        await other.initialize("2025-03-26")
        call = {"jsonrpc": "2.0", "id": "first", "method": "tools/call", "params": {"name": "begin", "arguments": {}}}
        await other.put([call, *({"jsonrpc": "2.0", "id": number, "method": "ping"} for number in range(1000))])
        assert (await other.get())["error"]["code"] == -32603
        await other.begin("after", "ping")
        assert (await other.get())["id"] == "after"
        assert begun == []
        await other.put([{"jsonrpc": "2.0", "id": number, "method": "ping"} for number in range(1000)])
        assert len(await other.get()) == 1000


async def test_nothing_is_said_of_a_request_once_it_is_answered(server: MCPServer) -> None:
    """2026-07-28, patterns: progress; notifications MUST stop after completion."""
    told = asyncio.Event()
    go_on = asyncio.Event()

    async def talk_on(context: Context) -> None:
        await go_on.wait()
        await context.progress(2)
        told.set()

    @server.tool
    async def leave_behind(context: Context) -> str:
        await context.progress(1)
        server.left = asyncio.create_task(talk_on(context))  # type: ignore[attr-defined]
        return "answered"

    async with connected(server) as other:
        await other.modern(1, "tools/call", name="leave_behind", meta={"progressToken": "t"})
        assert (await other.get())["params"]["progress"] == 1
        assert "result" in await other.get()
        go_on.set()
        await asyncio.wait_for(told.wait(), 10)
        await other.modern(2, "tools/list")
        assert (await other.get())["id"] == 2


async def test_revisions_without_batches_refuse_them(server: MCPServer) -> None:
    async with connected(server) as other:
        await other.put([{"jsonrpc": "2.0", "id": 1, "method": "ping"}])
        assert (await other.get())["error"]["code"] == -32600


@pytest.mark.parametrize(("caller", "text"), [(None, "nobody"), (ADA, "Ada ['notes:write']")])
async def test_person_at_the_machine_may_do_everything(server: MCPServer, caller: User | None, text: str) -> None:
    async with connected(server, caller=caller) as other:
        assert (await other.call(1, "whoami"))["result"]["content"][0]["text"] == text


async def test_fault_is_a_reference(server: MCPServer, caplog: pytest.LogCaptureFixture) -> None:
    async with connected(server) as other:
        await other.modern(1, "prompts/get", name="broken")
        answer = await other.get()
        assert answer["error"]["code"] == -32603
        assert "a secret" not in answer["error"]["message"]
        assert answer["error"]["message"].split()[6] in caplog.text


async def test_client_that_reads_late_gets_everything_in_whole_lines(server: MCPServer) -> None:
    async with connected(server) as other:
        for number in range(20):
            await other.modern(number, "tools/call", name="read_out", arguments={"size": 500_000})
        answers = [await other.get() for _ in range(20)]
        assert sorted(answer["id"] for answer in answers) == list(range(20))
        assert {len(answer["result"]["content"][0]["text"]) for answer in answers} == {500_000}


async def test_client_that_leaves_without_reading_holds_nothing_up(server: MCPServer) -> None:
    async with connected(server, patience=60) as other:
        for number in range(20):
            await other.modern(number, "tools/call", name="read_out", arguments={"size": 500_000})
        other.writer.transport.abort()
        await asyncio.wait([other.served], timeout=10)
        assert other.served.done()


async def test_end_of_input_lets_requests_finish_and_answers_those_that_do_not(server: MCPServer) -> None:
    """stdio: shutdown."""
    async with connected(server, patience=0.2) as other:
        await other.modern(1, "tools/call", name="wait")
        await other.modern(2, "tools/call", name="count", arguments={})
        finished, stopped = await other.leave()
        assert (finished["id"], stopped["id"]) == (2, 1)
        assert server.left.is_set()  # type: ignore[attr-defined]


async def test_fault_outside_of_the_author_s_functions_is_a_reference_too(
    server: MCPServer, caplog: pytest.LogCaptureFixture
) -> None:
    @server.tool(visible=lambda user: bool(1 // 0))
    async def unlucky() -> str:
        return "never"

    async with connected(server) as other:
        message = (await other.call(1, "unlucky"))["error"]["message"]
        assert message.split()[6] in caplog.text
        assert (await other.call(2, "add", a=1, b=2))["id"] == 2
