"""Each known client opens the endpoint in its own way: the probe, the handshake, the lists it wants, the stream
beside, and its leaving.
"""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from mcpserver.compose.service import Service

from ..asker import Answer, Asker
from ..conftest import AddUser, ServiceClient, SignIn
from .openings import OPENINGS, STREAM_FIRST, Opening

MODERN = "2026-07-28"
EACH = pytest.mark.parametrize("opening", OPENINGS, ids=lambda opening: opening.name)
SHAKING = pytest.mark.parametrize(
    "opening", [each for each in OPENINGS if each.initialize is not None], ids=lambda opening: opening.name
)
DISCOVERING = pytest.mark.parametrize(
    "opening", [each for each in OPENINGS if each.discovers is not None], ids=lambda opening: opening.name
)


@pytest.fixture
async def asker(client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn) -> Asker:
    """Somebody whose client holds a token for everything."""
    await add_user("ada")
    await sign_in(client, "ada")
    asker = Asker(client, service)
    await asker.register()
    tokens = await asker.tokens()
    asker.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return asker


class Talk:
    """A client's side of the conversation."""

    def __init__(self, asker: Asker, opening: Opening) -> None:
        self.asker, self.opening = asker, opening
        self.ids: Iterator[int] = chain(opening.ids, repeat(99))
        self.headers = {"Accept": opening.accept}

    async def discover(self) -> Answer:
        """MCP 2026-07-28, server/discover."""
        return await self.modern("server/discover")

    async def modern(self, method: str, **params: object) -> Answer:
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": self.opening.name, "version": "1.0.0"},
            "io.modelcontextprotocol/clientCapabilities": self.opening.discovers,
        }
        headers = {**self.headers, "MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        if "name" in params:
            headers["Mcp-Name"] = str(params["name"])
        message = {"jsonrpc": "2.0", "id": "probe", "method": method, "params": {**params, "_meta": meta}}
        return await self.asker.send("POST", "/mcp", json=message, headers=headers)

    async def shake_hands(self) -> dict[str, Any]:
        """2025-11-25, lifecycle: initialize and notifications/initialized. Returns the result."""
        answer = await self.ask("initialize", **self.opening.initialize or {})
        assert answer.status == 200, answer.text
        if "Mcp-Session-Id" in answer.headers:
            self.headers["Mcp-Session-Id"] = answer.headers["Mcp-Session-Id"]
        if self.opening.names_revision:
            self.headers["MCP-Protocol-Version"] = answer.json["result"]["protocolVersion"]
        assert (await self.tell("notifications/initialized")).status == 202
        result: dict[str, Any] = answer.json["result"]
        return result

    async def ask(self, method: str, **params: object) -> Answer:
        message_id = next(self.ids)
        answer = await self.asker.send(
            "POST",
            "/mcp",
            json={"jsonrpc": "2.0", "id": message_id, "method": method, "params": params},
            headers=self.headers,
        )
        assert answer.status != 200 or answer.json["id"] == message_id
        return answer

    async def tell(self, method: str) -> Answer:
        return await self.asker.send("POST", "/mcp", json={"jsonrpc": "2.0", "method": method}, headers=self.headers)


@EACH
async def test_known_client_learns_where_to_sign_in(client: ServiceClient, service: Service, opening: Opening) -> None:
    """RFC 9728 section 5.1; MCP 2026-07-28, authorization: whatever a client probes with, the answer is a 401 that
    says all, and no redirect.
    """
    method, accept = opening.probe
    async with client.request(method, "/mcp", headers={"Accept": accept}, allow_redirects=False) as answer:
        challenge = answer.headers["WWW-Authenticate"]
    assert answer.status == 401
    assert f'resource_metadata="{service.settings.issuer}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert 'scope="' in challenge


@DISCOVERING
async def test_known_client_discovers_and_calls(asker: Asker, opening: Opening) -> None:
    """MCP 2026-07-28: capabilities that this revision does not know are no harm."""
    talk = Talk(asker, opening)
    discovered = (await talk.discover()).json["result"]
    assert MODERN in discovered["supportedVersions"]
    called = await talk.modern("tools/call", name="whoami", arguments={})
    assert called.json["result"]["structuredContent"]["username"] == "ada"


@SHAKING
async def test_known_client_shakes_hands_asks_and_calls(asker: Asker, opening: Opening) -> None:
    """2025-11-25, lifecycle, after a look at server/discover where the client has one; what is not offered is an
    error, never a broken connection.
    """
    talk = Talk(asker, opening)
    if opening.discovers is not None:
        assert (await talk.discover()).status == 200
    agreed = await talk.shake_hands()
    assert agreed["protocolVersion"] == (opening.initialize or {})["protocolVersion"]
    for method in opening.asks:
        answer = await talk.ask(method)
        assert answer.status == 200
        assert "result" in answer.json or answer.json["error"]["code"] == -32601
    assert (await talk.tell("notifications/roots/list_changed")).status == 202
    meta = {
        "progressToken": "7d1e",
        "vscode.conversationId": "c1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    called = await talk.ask("tools/call", name="whoami", arguments={}, _meta=meta)
    assert "ada" in called.json["result"]["content"][0]["text"]


@SHAKING
async def test_known_client_listens_beside_and_leaves(asker: Asker, opening: Opening) -> None:
    """2025-11-25, transports, listening for messages and session management: GET is a stream, DELETE ends the
    session, and what is gone is a 404.
    """
    talk = Talk(asker, opening)
    await talk.shake_hands()
    async with asker.http.get(
        "/mcp", headers={**asker.headers, **talk.headers, "Accept": "text/event-stream"}
    ) as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")
    assert (await asker.send("DELETE", "/mcp", headers=talk.headers)).status in {200, 204}
    assert (await talk.ask("tools/list")).status == 404


@pytest.mark.parametrize("names_revision", [True, False], ids=["revision in the header", "no header"])
async def test_call_that_needs_more_is_a_403_that_names_all_scopes(
    client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn, names_revision: bool
) -> None:
    """RFC 6750 section 3.1: the editors ask again for exactly what the challenge names, so it names what was
    granted, too.
    """
    await add_user("ada")
    await sign_in(client, "ada")
    asker = Asker(client, service)
    await asker.register()
    page = await asker.ask()
    code = (await asker.decide(page, scopes=["profile", "notes:read"])).redirect["code"]
    asker.headers = {"Authorization": f"Bearer {(await asker.redeem(code)).json['access_token']}"}
    opening = next(each for each in OPENINGS if each.initialize is not None and each.names_revision is names_revision)
    talk = Talk(asker, opening)
    await talk.shake_hands()
    refused = await talk.ask("tools/call", name="add_note", arguments={"text": "x"})
    assert refused.status == 403
    challenge = refused.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert all(scope in challenge for scope in ("profile", "notes:read", "notes:write"))


async def test_every_parameter_of_the_sample_says_its_type(asker: Asker) -> None:
    """Gemini CLI drops a tool when a property of its schema has neither a type nor a choice of typed schemas."""
    opening = next(each for each in OPENINGS if each.name == "Gemini CLI")
    talk = Talk(asker, opening)
    await talk.shake_hands()
    tools = (await talk.ask("tools/list")).json["result"]["tools"]
    assert [tool["name"] for tool in tools if not is_typed(tool["inputSchema"])] == []


def is_typed(schema: dict[str, Any]) -> bool:
    """Whether Gemini CLI takes the schema."""
    choices = [choice for keyword in ("anyOf", "allOf", "oneOf") for choice in schema.get(keyword, [])]
    parts = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return ("type" in schema or bool(choices)) and all(is_typed(each) for each in [*choices, *parts])


async def test_order_of_media_types_does_not_matter(asker: Asker) -> None:
    """RFC 9110 section 12.5.1: VS Code names the stream first, and is answered like everybody else."""
    opening = next(each for each in OPENINGS if each.accept == STREAM_FIRST)
    answer = await Talk(asker, opening).ask("initialize", **opening.initialize or {})
    assert answer.headers["Content-Type"].startswith("application/json")
