"""What is kept, and for whom (MCP 2026-07-28, caching); schemas (basic: JSON Schema usage); skills (SEP-2640)."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest
from aiohttp import web

from webclient.errors import Untrusted
from webclient.mcp.client import Session
from webclient.mcp.protocol.cache import Cache, context_of
from webclient.mcp.protocol.elicitation import require_answer
from webclient.mcp.protocol.schemas import Mismatch, Unusable, require_fit
from webclient.mcp.protocol.skills import frontmatter_of
from webclient.wire import ElicitParams, Skill

from .conftest import Rig
from .scripted import DISCOVERED, TOOL, Message, Script, Scripted, Turn, modern

Serve = Callable[[Script], Awaitable[Scripted]]


DRAFT_7 = "http://json-schema.org/draft-07/schema#"
CHAIN: Message = {
    "$ref": "#/$defs/a0",
    "$defs": {**{f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(5000)}, "a5000": {}},
}
SHARED: Message = {**{f"a{n}": {"properties": {"x": {"$ref": f"#/$defs/a{n + 1}"}}} for n in range(100)}, "a100": {}}
SHARED_ROOT: Message = {"$ref": "#/$defs/a0"}


class Clock:
    at = 100.0

    def __call__(self) -> float:
        return self.at


def listing(**hints: Any) -> Script:
    async def answer(turn: Turn) -> web.StreamResponse:
        return turn.result(DISCOVERED if turn.method == "server/discover" else {"tools": [TOOL], **hints})

    return answer


async def test_fresh_list_is_not_asked_for_again(rig: Rig, serve: Serve) -> None:
    clock = Clock()
    server = await serve(listing(ttlMs=5000, cacheScope="private"))
    async with rig.client(server.url, session=Session(Cache(clock))) as client:
        for later in (0, 4, 0.5, 1, 0):
            clock.at += later
            assert len((await client.list_tools()).items) == 1
        assert len(server.only("tools/list")) == 2
        await client.list_tools(fresh=True)
    assert len(server.only("tools/list")) == 3


@pytest.mark.parametrize("hints", [{}, {"ttlMs": 0}, {"ttlMs": -5}, {"ttlMs": True}, {"ttlMs": "9"}, {"ttlMs": 1.5}])
async def test_list_without_a_lifetime_is_asked_for_again(rig: Rig, serve: Serve, hints: Message) -> None:
    server = await serve(listing(**hints))
    async with rig.client(server.url) as client:
        await client.list_tools()
        await client.list_tools()
    assert len(server.only("tools/list")) == 2


@pytest.mark.parametrize(("scope", "asked"), [("private", 2), ("public", 1), ("strange", 2)])
async def test_private_answer_is_for_one_token_only(rig: Rig, serve: Serve, scope: str, asked: int) -> None:
    """«A different access token requires a different cache.»"""

    class Bearer:
        token = "a"

        async def headers(self, method: str, url: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {self.token}"}

        async def refused(self, refusal: object) -> None:
            raise AssertionError

        def learn(self, url: str, nonce: str) -> None:
            pass

    server, bearer = await serve(listing(ttlMs=60_000, cacheScope=scope)), Bearer()
    async with rig.client(server.url, authorizer=bearer) as client:
        await client.list_tools()
        bearer.token = "b"
        await client.list_tools()
    assert len(server.only("tools/list")) == asked


def test_cache_is_bounded_and_hears_of_changes() -> None:
    cache = Cache(Clock())
    for each in range(500):
        cache.keep("resources/read", {"uri": str(each)}, "me", {"ttlMs": 1000})
    assert cache.find("resources/read", {"uri": "499"}, "me") is not None
    assert cache.find("resources/read", {"uri": "1"}, "me") is None
    assert cache.find("resources/read", {"uri": "499"}, "you") is None
    cache.keep("tools/list", {}, "me", {"ttlMs": 10**400})
    assert cache.holds("tools/list", {})
    cache.keep("tools/call", {}, "me", {"ttlMs": 1000})
    assert not cache.holds("tools/call", {})
    cache.hear("notifications/resources/updated", {"uri": "499"})
    assert not cache.holds("resources/read", {"uri": "499"})
    assert cache.holds("resources/read", {"uri": "498"})
    cache.hear("notifications/tools/list_changed", {})
    assert context_of({"Authorization": "a"}) != context_of({})


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "http://127.0.0.1:1/s"}, "other documents are not fetched"),
        ({"$ref": "other.json"}, "other documents are not fetched"),
        ({"$ref": "#/$defs/none"}, "does not exist in it"),
        ({"$ref": "#nowhere"}, "does not exist in it"),
        ({"$schema": 5}, "dialect"),
        ({"pattern": "("}, "not a valid JSON Schema"),
        (CHAIN, "nested too deeply"),
        ({"pattern": "(?=x"}, "not a valid JSON Schema|cannot be used"),
        ({"$ref": "https://a.example/t", "$id": "https://a.example/s"}, "other documents are not fetched"),
        ({"$ref": "https://a.example/s#/none", "$id": "https://a.example/s"}, "does not exist in it"),
        ({"$id": "https://a.example/s", "$ref": "http://["}, "an invalid address"),
        (
            {"$ref": "t", "$id": "https://a.example/s", "$defs": {"a": {"$id": "t"}, "b": {"$id": "t", "allOf": [{}]}}},
            "two parts",
        ),
        (
            {
                "allOf": [{"$ref": "#/$defs/a0"}],
                "$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(30)} | {"a30": {}},
            },
            "too many parts",
        ),
    ],
)
def test_schema_that_is_no_use_says_why(schema: Message, reason: str) -> None:
    """MCP 2026-07-28, basic: $ref resolution, composition-keyword resource use; in no time."""
    started = time.process_time()
    with pytest.raises(Unusable, match=reason):
        require_fit({}, schema)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"prefixItems": [{"type": "integer"}]}, [1], ["x"]),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}]}, [1], ["x"]),
        (
            {"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}}},
            {"next": {}},
            {"next": 5},
        ),
        ({"$ref": "#n", "$defs": {"x": {"$anchor": "n", "type": "string"}}}, "x", 5),
        ({"allOf": [{"$ref": "#/anyOf/0"}], "anyOf": [{"type": "string"}]}, "x", 5),
        ({"allOf": [SHARED_ROOT, {"type": "object"}], "$defs": SHARED}, {"x": {"x": 5}}, 5),
        ({"pattern": "^(a+)+$"}, "aaa", "a" * 5000 + "b"),
        ({"const": {"$ref": "http://x.example"}}, {"$ref": "http://x.example"}, 5),
        ({"pattern": r"^(?=.*\d)(?!x)[a-z\d]+$"}, "abc1", "abc"),
        ({"pattern": r"^(a|b)\1$"}, "aa", "ab"),
        (
            {
                "properties": {"a": {"type": "integer"}},
                "patternProperties": {"^(?!a)": {"type": "string"}},
                "additionalProperties": False,
            },
            {"a": 1, "b": "x"},
            {"b": 1},
        ),
        (
            {
                "$id": "https://a.example/s",
                "items": {"$ref": "https://a.example/s#/$defs/n"},
                "$defs": {"n": {"type": "string"}},
            },
            ["x"],
            [5],
        ),
        ({"$id": "https://a.example/s", "type": "array", "items": {"$ref": "https://a.example/s"}}, [[], [[]]], [[5]]),
        (
            {
                "$id": "https://a.example/s#",
                "$schema": DRAFT_7,
                "items": {"$ref": "s#n"},
                "definitions": {"n": {"$id": "#n", "type": "string"}},
            },
            ["x"],
            [5],
        ),
        ({"$id": "/a/s", "items": {"$ref": "item"}, "$defs": {"n": {"$id": "item", "type": "string"}}}, ["x"], [5]),
        (
            {
                "$id": "urn:example:s",
                "items": {"$ref": "urn:example:s#n"},
                "$defs": {"n": {"$anchor": "n", "type": "string"}},
            },
            ["x"],
            [5],
        ),
        (
            {
                "items": {"$ref": "https://b.example/n#m"},
                "$defs": {"n": {"$id": "https://b.example/n", "$defs": {"m": {"$anchor": "m", "type": "string"}}}},
            },
            ["x"],
            [5],
        ),
        (
            {
                "$defs": {
                    "n": {
                        "$id": "https://b.example/n",
                        "items": {"$ref": "#/$defs/m"},
                        "$defs": {"m": {"type": "string"}},
                    }
                },
                "$ref": "https://b.example/n",
            },
            ["x"],
            [5],
        ),
    ],
)
def test_schema_that_is_of_use_is_kept_to(schema: Message, good: Any, bad: Any) -> None:
    require_fit(good, schema)
    with pytest.raises(Mismatch):
        require_fit(bad, schema)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^(?:(?=a)a+)+$", ["a" * 1900 + "c"]),
        ("|".join(f"(?=.*{n})" for n in range(200)), ["a" * 1990]),
        (r"^(?:(?=a)|a|aa)+(?=c)$", ["aa"] * 900),
    ],
)
def test_pattern_that_looks_around_takes_no_time(pattern: str, value: Any) -> None:
    started = time.process_time()
    with pytest.raises((Unusable, Mismatch)):
        require_fit(value, {"items": {"pattern": pattern}})
    assert time.process_time() - started < 10


def test_value_without_bottom_is_not_looked_into() -> None:
    value: Any = {}
    for _ in range(500):
        value = {"next": value}
    with pytest.raises(Mismatch, match="nested too deeply"):
        require_fit(value, {"type": "object"})
    with pytest.raises(Unusable, match="nested too deeply"):
        require_fit({}, {"properties": {"a": value}})


@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_refusal_carries_no_content(action: Literal["decline", "cancel"]) -> None:
    """MCP 2026-07-28, elicitation: response actions."""
    params: ElicitParams = {"message": "m", "requestedSchema": {"type": "object", "properties": {}}}
    assert require_answer(params, {"action": action, "content": {"secret": 1}}) == {"action": action}
    assert require_answer({"message": "m", "mode": "url"}, {"action": "accept", "content": {}}) == {"action": "accept"}


MANIFEST = "---\nname: s\ndescription: Does s\nok: yes\nsince: 2020-01-01\nn: 5\nt: true\n---\nBody"
MATTER = {"name": "s", "description": "Does s", "ok": "yes", "since": "2020-01-01", "n": 5, "t": True}


def skill(manifest: str = MANIFEST, **changed: Any) -> Skill:
    entry = {
        "uri": "skill://s/SKILL.md",
        "digest": "sha256:" + hashlib.sha256(manifest.encode()).hexdigest(),
        "size": len(manifest),
    }
    return {"uri": "skill://s/SKILL.md", "frontmatter": MATTER, "resources": [{**entry, **changed}]}


def teaching(listed: Skill, contents: Any) -> Script:
    async def answer(turn: Turn) -> web.StreamResponse:
        return (
            turn.result({"skills": [listed]}) if turn.method == "skills/list" else turn.result({"contents": contents})
        )

    return modern(answer)


async def test_skill_is_what_was_listed(rig: Rig, serve: Serve) -> None:
    server = await serve(teaching(skill(), [{"uri": "x", "text": MANIFEST}]))
    async with rig.client(server.url) as client:
        (listed,) = (await client.list_skills()).items
        assert server.only("resources/read") == []
        assert await client.read_skill(listed) == MANIFEST.encode()


@pytest.mark.parametrize(
    ("listed", "contents", "sentence"),
    [
        (skill(size=1), [{"text": MANIFEST}], "The size of a file"),
        (skill(digest="sha256:00"), [{"text": MANIFEST}], "The digest of a file"),
        (
            {**skill(), "frontmatter": {**MATTER, "description": "Else"}},
            [{"text": MANIFEST}],
            "The description in the skill differs",
        ),
        ({**skill(), "resources": []}, [{"text": MANIFEST}], "lists no file"),
        (skill(), [], "not the requested file"),
        (skill(), [{"blob": "%%%"}], "not the requested file"),
        (skill(), [{"text": MANIFEST}, {"text": MANIFEST}], "not the requested file"),
        (skill("plain"), [{"text": "plain"}], "does not begin with a description"),
    ],
)
async def test_skill_that_is_something_else_is_not_used(
    rig: Rig, serve: Serve, listed: Skill, contents: Any, sentence: str
) -> None:
    async with rig.client((await serve(teaching(listed, contents))).url) as client:
        with pytest.raises(Untrusted, match=sentence):
            await client.read_skill(listed)


@pytest.mark.parametrize(
    "text",
    [
        "---\na: &x [1]\nb: *x\n---\n",
        "---\n[1]\n---\n",
        "---\na: [\n---\n",
        "---\n" + "a: {" * 500 + "\n---\n",
        "---\na: 1",
    ],
)
def test_description_that_cannot_be_read_is_refused(text: str) -> None:
    """A few aliases can stand for more than memory holds."""
    with pytest.raises(Untrusted):
        frontmatter_of(text)


def test_cache_is_bounded_by_what_it_holds() -> None:
    """A server may call pages of a megabyte good for a day, and have hundreds of them."""
    cache = Cache(lambda: 0.0)
    page = {"tools": ["x" * 1_000_000], "ttlMs": 1000}
    for cursor in range(6):
        cache.keep("tools/list", {"cursor": str(cursor)}, "me", page)
    found = [cache.find("tools/list", {"cursor": str(cursor)}, "me") for cursor in range(6)]
    assert [each is not None for each in found] == [False, False, True, True, True, True]
    assert found[-1] == page
    cache.keep("tools/list", {}, "me", {"tools": ["x" * 5_000_000], "ttlMs": 1000})
    assert cache.find("tools/list", {}, "me") is None
