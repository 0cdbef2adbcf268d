"""Chapter N of the attack catalogue, row N8: JSON that takes long to read or to walk through. What is asserted is
structure: time depends on the machine.
"""

import asyncio
from typing import Any

import msgspec
import pytest
from pytest_aiohttp import AiohttpClient

from mcpbase.json_bounds import LONGEST_NUMBER, MOST_PARTS
from mcpserver.mcp.codec.codec import NO_DEFAULT, Mismatch, arguments_of, codec_of
from mcpserver.mcp.schema.json_schema import compile_schema
from mcpserver.mcp.types.json_values import write_json
from mcpserver.transports.http.turns import LARGE, Turns
from webclient.http.unicode import loads
from webclient.mcp.protocol.messages import Malformed, Response, read_messages
from webclient.mcp.protocol.schemas import Mismatch as ForeignMismatch
from webclient.mcp.protocol.schemas import Unusable, require_fit
from webclient.results import blocks

from ..transports.endpoint import META, Endpoint, error_of, json_of, open_endpoint, text_of
from .test_mcp import LIMIT, Caller, caller

__all__ = ["caller"]  # a fixture

ABSURD = {
    "lists": b"[]",
    "objects": b"{}",
    "objects with a name": b'{"a":0}',
    "lists in lists": b"[" * 60 + b"]" * 60,
    "digits": b"0",
    "nulls": b"null",
    "numbers out of range": b"1e999999",
    "empty strings": b'""',
    "strings with marks": b'"[,"',
    "strings with escapes": b'"\\",\\\\"',
}
ENDLESS = {
    "deep lists": b"[" * 2_000_000 + b"]" * 2_000_000,
    "deep objects": b'{"a":' * 600_000 + b"0" + b"}" * 600_000,
    "deep behind a text": b'["' + b"x" * 1_000_000 + b'",' + b"[" * 150 + b"]" * 150 + b"]",
    "an integer": b"9" * 4_000_000,
    "integers": b"[" + b",".join([b"9" * (LONGEST_NUMBER + 1)] * 3_000) + b"]",
    "a fraction": b"0." + b"3" * 1_000_000,
}
SENSIBLE = {
    "a text full of marks": b'"' + b"[[{,:" * 800_000 + b'"',
    "a text full of escapes": b'"' + b'\\"\\\\[\\u005b' * 300_000 + b'"',
    "vectors": b"[" + b",".join([b"[" + b",".join([b"-0.0123456789"] * 1_536) + b"]"] * 100) + b"]",
    "a table": b"[" + b",".join([b'{"id":1,"name":"a, b","price":1.5,"tags":["x","y"]}'] * 10_000) + b"]",
    "digits in a text": b'"' + b"9" * 1_000_000 + b'"',
}


def called(argument: bytes) -> bytes:
    """A call of the tool ``echo`` whose text is any JSON."""
    return (
        b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"_meta":%s,"name":"echo","arguments":{"text":%s}}}'
        % (msgspec.json.encode(META), argument)
    )


@pytest.fixture
async def small(aiohttp_client: AiohttpClient) -> Endpoint:
    return await open_endpoint(aiohttp_client, max_body_size=LIMIT)


async def post(endpoint: Endpoint, argument: bytes) -> Any:
    return await endpoint.post(
        called(argument), MCP_Protocol_Version="2026-07-28", Mcp_Method="tools/call", Mcp_Name="echo"
    )


@pytest.mark.parametrize("kind", ABSURD)
async def test_n8_body_of_a_million_parts_is_refused_before_they_are_made(caller: Caller, kind: str) -> None:
    """RFC 9110 section 15.5.14; RFC 8259 section 9: a parser may set limits.

    The answer bears the id, which is found without reading the rest.
    """
    unit = ABSURD[kind]
    answer = await post(caller.endpoint, b"[" + b",".join([unit] * ((LIMIT - 1000) // (len(unit) + 1))) + b"]")
    assert error_of(answer) == (413, -32600)
    assert str(MOST_PARTS) in json_of(answer)["error"]["message"]


async def test_n8_body_of_many_names_is_refused(caller: Caller) -> None:
    """RFC 8259 section 9.."""
    assert error_of(
        await post(caller.endpoint, b"{" + b",".join(b'"%x":0' % number for number in range(300_000)) + b"}")
    ) == (413, -32600)


@pytest.mark.parametrize("kind", ENDLESS)
async def test_n8_endless_depth_and_digits_are_a_parse_error(caller: Caller, kind: str) -> None:
    """JSON-RPC 2.0 section 5.1; RFC 8259 section 9: limits of depth, and of the range and precision of numbers."""
    assert error_of(await post(caller.endpoint, ENDLESS[kind])) == (400, -32700)


@pytest.mark.parametrize("kind", SENSIBLE)
async def test_n8_what_people_send_is_read(small: Endpoint, kind: str) -> None:
    """Large texts, vectors and tables are no attack, whatever stands in their strings."""
    assert (await post(small, SENSIBLE[kind])).status == 200


async def test_n8_batch_is_one_body(caller: Caller) -> None:
    """MCP 2025-03-26, basic: batching. A thousand small messages are as large as one."""
    assert error_of(
        await caller.endpoint.post(b"[" + b",".join([b'{"jsonrpc":"2.0","method":"x"}'] * 100_000) + b"]")
    ) == (413, -32600)


async def test_n8_others_have_a_turn_between_large_messages() -> None:
    """Twenty at the same moment hold the loop for as long as one."""
    body = called(b'"' + b"x" * LARGE + b'"')
    turns, count, seen = Turns(), 0, []

    async def tick() -> None:
        nonlocal count
        while True:
            count += 1
            await asyncio.sleep(0)

    async def read() -> None:
        await turns.parse(body)
        seen.append(count)

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(read() for _ in range(20)))
    ticking.cancel()
    assert len(set(seen)) == 20


async def test_n8_registration_of_many_parts_is_refused(caller: Caller) -> None:
    """RFC 7591 section 3.2.2; anybody may knock there, so it takes what a registration has and no more."""
    for junk in (b"[" + b",".join([b"[]"] * 20_000) + b"]", b"[" * 10_000 + b"]" * 10_000, b"9" * 5_000):
        body = b'{"client_name":"x","redirect_uris":["https://app.example/cb"],"junk":' + junk + b"}"
        async with caller.client.post("/register", data=body, headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "invalid_client_metadata")


def test_n8_largest_argument_is_held_against_types_and_schemas() -> None:
    """What passes the bounds of a body is refused by each checker with a reason: none of them recurses or repeats
    itself over its parts.
    """
    lists = msgspec.json.decode(b"[" + b",".join([b"[]"] * (MOST_PARTS // 4)) + b"]")
    with pytest.raises(Mismatch):
        codec_of(list[int]).read(lists)
    assert codec_of(list[int]).read([float(number) for number in range(MOST_PARTS)])[-1] == MOST_PARTS - 1
    unique = compile_schema({"type": "array", "uniqueItems": True, "items": {"type": "array"}})
    with pytest.raises(Mismatch):
        unique.require(lists)
    with pytest.raises(Mismatch, match="Expected JSON of an object or a list"):
        arguments_of([("lists", list[list[int]], NO_DEFAULT)], {}).read(
            {"lists": "[" + "[]," * MOST_PARTS + "[]]"}, strict=False
        )
    pattern = compile_schema({"type": "object", "patternProperties": {"^(a|aa)+$": {"pattern": "^(a|aa)+b$"}}})
    with pytest.raises(Mismatch):
        pattern.require({"a" * 1000: "a" * 1_000_000})


def test_n8_number_that_is_none_is_found_in_large_results() -> None:
    """RFC 8259 section 6: JSON has no NaN, and a result full of nulls is looked through for it once, by an encoder."""
    assert write_json([None] * MOST_PARTS).count(b"null") == MOST_PARTS
    with pytest.raises(TypeError):
        write_json([None] * MOST_PARTS + [float("nan")])


async def test_n8_answer_to_what_is_refused_bears_its_id(small: Endpoint) -> None:
    """JSON-RPC 2.0 section 5: the answer has the id of its request, also where the request was not read whole."""
    answer = await post(small, b"[" + b",".join([b"[]"] * 300_000) + b"]")
    assert json_of(answer)["id"] == 7
    assert text_of(await small.call("echo", {"text": "still here"})) == "still here"


@pytest.mark.parametrize("kind", ABSURD)
def test_n8_web_client_makes_no_million_parts_of_what_a_server_sends(kind: str) -> None:
    """RFC 8259 section 9: messages, and the documents and answers of authorization servers."""
    unit = ABSURD[kind]
    text = b"[" + b",".join([unit] * (LIMIT // 8 // (len(unit) + 1) + 150_000)) + b"]"
    message = b'{"jsonrpc":"2.0","id":1,"result":{"a":%s}}' % text
    with pytest.raises(Malformed, match="too many parts"):
        read_messages(message)
    with pytest.raises(Malformed, match="too many parts"):
        read_messages(message.decode())
    with pytest.raises(ValueError, match="too many parts"):
        loads(text)


@pytest.mark.parametrize("kind", ENDLESS)
def test_n8_web_client_reads_no_endless_depth_and_digits(kind: str) -> None:
    """RFC 8259 section 9."""
    with pytest.raises(Malformed):
        read_messages(b'{"jsonrpc":"2.0","id":1,"result":{"a":%s}}' % ENDLESS[kind])


@pytest.mark.parametrize("kind", ["a text full of marks", "a text full of escapes", "digits in a text"])
def test_n8_web_client_reads_long_texts(kind: str) -> None:
    (message,) = read_messages(b'{"jsonrpc":"2.0","id":1,"result":{"a":%s}}' % SENSIBLE[kind])
    assert isinstance(message, Response)
    assert len(message.value["a"]) > 500_000


MUCH_WORK: list[tuple[Any, dict[str, Any]]] = [
    ([0] * 20_000, {"items": {"allOf": [{"minimum": -number} for number in range(5_000)]}}),
    ([{"a": 7_999}] * 10_000, {"items": {"enum": [{"a": number} for number in range(8_000)]}}),
    ("aabab" * 20_000, {"pattern": "[ab]*a[ab]{2000}[cd]"}),
    ("a" * 1_000, {"allOf": [{"pattern": f"(a|aa)+{number}$"} for number in range(300)]}),
    ("aabab" * 2_000, {"pattern": "[ab]*a[ab]{5000}[cd]"}),
]


@pytest.mark.parametrize("number", range(len(MUCH_WORK)))
def test_n8_web_client_does_not_work_for_ever_on_a_foreign_schema(number: int) -> None:
    """MCP 2026-07-28, basic: composition-keyword resource use. The schema and the value both come from the server."""
    with pytest.raises(Unusable):
        require_fit(*MUCH_WORK[number])


def test_n8_author_s_schema_is_not_turned_against_the_server() -> None:
    """The schema is the author's, the value anybody's: what would take long is refused with a sentence."""
    combined = {"items": {"allOf": [{"minimum": -number} for number in range(1_900)]}}
    for value, schema in [([0] * 20_000, combined), MUCH_WORK[1]]:
        with pytest.raises(Mismatch, match="too long"):
            compile_schema(schema).require(value)


def test_n8_only_the_first_reason_is_asked_for() -> None:
    """Each of 20,000 wrong values can name the 15,000 that it could have been."""
    schema = {"items": {"enum": list(range(1, 900))}}
    with pytest.raises(Mismatch, match=r"^\[0\]: "):
        compile_schema(schema).require([0] * 20_000)
    with pytest.raises(ForeignMismatch, match="at 0: "):
        require_fit([0] * 20_000, schema)


def test_n8_results_are_shown_in_bounded_size() -> None:
    """Two hundred rows with five hundred names each would be a table of twenty million cells."""
    wide = [{f"{row} {column}": 0 for column in range(100)} for row in range(200)]
    (shown,) = blocks({"structuredContent": wide, "content": []})
    assert shown["kind"] == "json"
    (shown,) = blocks({"structuredContent": {str(number): [{"a": 1}] for number in range(5_000)}, "content": []})
    assert shown["kind"] == "json"
    texts = [{"type": "text", "text": "[" + "[]," * 10_000 + "[]]"} for _ in range(100)]
    kinds = [each["kind"] for each in blocks({"content": texts})]
    assert kinds.count("json") == 4
