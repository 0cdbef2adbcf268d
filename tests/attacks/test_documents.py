"""Chapter M of the attack catalogue: clients that are known by the address of a document (client ID metadata
documents).
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from attrs import evolve
from pytest_aiohttp import AiohttpClient

from mcpserver.compose.service import Service
from mcpserver.fetching import Fetched, FetchError
from mcpserver.network import HttpFetcher, Network
from mcpserver.oauth.keys.http_cache import HttpCache
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.oauth.protocol.known_clients import is_known, known_clients, known_document, native_schemes
from mcpserver.settings import Settings

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import AddUser, Clock, ServiceClient, SignIn
from ..device import Device, decide, enter
from ..network.place import Line, Place, said, serving, trusting
from ..sample import create_app
from ..signer import Signer

PRIVATE = Signer().key.as_dict(private=True)
LOOPBACK = "http://127.0.0.1/callback"
REFUSED = "The description of the application cannot be fetched"


@pytest.fixture
def settings() -> Settings:
    """With a secret of its own, so that the service can start again over the same store."""
    return Settings(port=0, database="sqlite://", secret="a secret that is long enough to be one")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """Where the client says what it is; ``document`` decides what that is."""

    async def nothing(request: web.BaseRequest) -> web.StreamResponse:
        return await said("{}", status=404)

    async with serving(nothing) as place:
        yield place


@pytest.fixture
async def line(place: Place) -> Line:
    """On which the service fetches: leads to the place."""
    return Line(place.fetcher(deadline=1))


@pytest.fixture
def network(line: Line) -> Network:
    return Network(strangers=line)


@pytest.fixture
async def asker(client: ServiceClient, service: Service, place: Place, add_user: AddUser, sign_in: SignIn) -> Asker:
    """A client that nobody has registered, and Ada signed in."""
    await add_user("ada")
    await sign_in(client, "ada")
    return Asker(client, service, f"{place.url}/client.json")


def describe(
    place: Place, *, status: int = 200, headers: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    """Let the place answer with a document that holds, with changes: None leaves out."""
    whole = {
        "client_id": f"{place.url}/client.json",
        "client_name": "Example MCP Client",
        "client_uri": place.url,
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:saml2-bearer"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        **changes,
    }
    document = {name: value for name, value in whole.items() if value is not None}
    place.answer = lambda request: said(json.dumps(document), status=status, **(headers or {}))
    return document


def is_refused(page: Answer) -> bool:
    return page.is_page_without_redirect and REFUSED in page.text


async def test_client_is_known_by_the_address_of_its_document(asker: Asker, place: Place, clock: Clock) -> None:
    """MCP 2026-07-28, client registration: the whole flow, with one fetch; unknown grant types are left out."""
    describe(place)
    page = await asker.ask()
    assert page.status == 200
    assert f"Published by client.example:{place.port}" in page.text
    assert "Example MCP Client" in page.text
    assert await asker.service.store.list_clients() == []
    tokens = (await asker.redeem((await asker.decide(page)).redirect["code"])).json
    assert await asker.is_live(tokens["access_token"])
    assert (await asker.refresh(tokens["refresh_token"])).status == 200
    assert len(place.asked) == 1
    (kept,) = await asker.service.store.list_clients()
    assert (kept.id, kept.kind, kept.grant_types) == (
        asker.client_id,
        "document",
        ("authorization_code", "refresh_token"),
    )
    metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert metadata["client_id_metadata_document_supported"] is True


@pytest.mark.parametrize(
    "change",
    [
        ("https://", "http://"),
        ("/client.json", ""),
        ("/client.json", "/"),
        ("/client.json", "/a/../client.json"),
        ("/client.json", "/./client.json"),
        ("/client.json", "/%2e%2E/client.json"),
        ("/client.json", "/..%2fclient.json"),
        ("/client.json", "/client.json#x"),
        ("/client.json", "/client.json#"),
        ("/client.json", "/cli ent.json"),
        ("/client.json", "/clié.json"),
        ("/client.json", "/" + "x" * 2100),
        ("https://", "https://ada@"),
        ("https://", "https://ada:secret@"),
        ("https://", "HTTPS://"),
    ],
    ids=lambda change: change[1][:30],
)
async def test_m1_address_that_no_client_may_have(asker: Asker, place: Place, change: tuple[str, str]) -> None:
    """CIMD section 3: refused by its looks; nothing is fetched."""
    asker.client_id = asker.client_id.replace(*change)
    describe(place, client_id=asker.client_id)
    assert (await asker.ask()).is_page_without_redirect
    assert place.connected == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
    ],
)
async def test_m2_document_at_a_special_address(asker: Asker, place: Place, line: Line, host: str) -> None:
    """CIMD section 6.5: with the fetcher as it is in service, zero connections."""
    await line.exchange(HttpFetcher(tls=trusting()))
    asker.client_id = f"https://{host}:{place.port}/client.json"
    assert is_refused(await asker.ask())
    assert place.connected == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_m2_special_address_would_be_in_reach(asker: Asker, place: Place, line: Line, host: str) -> None:
    """CIMD section 6.5: what keeps it from being connected to is the rule, and not the want of a way there.

    A host in other figures (0x7f.1) is refused for its looks, whatever is admitted.
    """
    asker.client_id = f"https://{host}:{place.port}/client.json"
    await line.exchange(HttpFetcher(tls=trusting()))
    assert is_refused(await asker.ask())
    assert place.connected == 0
    await line.exchange(HttpFetcher(tls=trusting(), admits=lambda address: True))
    asker.client_id += "?again"
    assert is_refused(await asker.ask())
    assert place.connected == 1


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["93.184.216.34", "::1"], []], ids=str
)
async def test_m3_name_that_leads_elsewhere_too(asker: Asker, place: Place, line: Line, addresses: list[str]) -> None:
    """One bad address among several refuses all; which is tried first is nobody's to choose."""

    async def resolve(host: str) -> list[str]:
        return addresses

    await line.exchange(HttpFetcher(resolve=resolve, tls=trusting()))
    assert is_refused(await asker.ask())
    assert place.connected == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1", "127.0.0.9"], ["127.0.0.9", "127.0.0.1"]], ids=str)
async def test_m3_good_address_beside_a_bad_one_is_not_connected_to(
    asker: Asker, place: Place, line: Line, addresses: list[str]
) -> None:
    """Here 127.0.0.1 counts as public: the place listens there, so that half a check would be served."""

    async def resolve(host: str) -> list[str]:
        return addresses

    describe(place)
    await line.exchange(HttpFetcher(resolve=resolve, admits=lambda address: address == "127.0.0.1", tls=trusting()))
    assert is_refused(await asker.ask())
    assert place.connected == 0


async def test_m3_name_that_changes_its_mind_is_looked_up_once(asker: Asker, place: Place, line: Line) -> None:
    """DNS rebinding: what was looked at is what is connected to, and nobody asks a second time."""
    asked: list[str] = []

    async def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1" if len(asked) == 1 else "127.0.0.9"]

    describe(place)
    await line.exchange(HttpFetcher(resolve=resolve, admits=lambda address: True, tls=trusting()))
    assert (await asker.ask()).status == 200
    assert (place.connected, asked) == (1, ["client.example"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_m4_document_that_is_elsewhere(asker: Asker, place: Place, status: int) -> None:
    """CIMD section 4: redirects are not followed."""
    async with serving(place.answer) as target:
        place.answer = lambda request: said("", status=status, Location=f"{target.url}/client.json")
        assert is_refused(await asker.ask())
        assert target.connected == 0


async def test_m5_document_without_end(asker: Asker, place: Place, clock: Clock) -> None:
    """CIMD section 6.6: 5 KB, also of what would be left out."""
    describe(place, comment="x" * 5000)
    assert is_refused(await asker.ask())
    clock.now += 10
    describe(place, comment="x" * 4000)
    assert (await asker.ask()).status == 200


async def test_m5_compressed_document(asker: Asker, place: Place) -> None:
    """CIMD section 6.6: what says that it is compressed is not looked at, whatever it is."""
    describe(place, headers={"Content-Encoding": "gzip"})
    assert is_refused(await asker.ask())


async def test_m5_document_that_never_comes(asker: Asker, place: Place) -> None:
    """CIMD section 6.6: a second or so."""
    never = asyncio.Event()

    async def silent(request: web.BaseRequest) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    place.answer = silent
    async with asyncio.timeout(20):
        assert is_refused(await asker.ask())
    never.set()


async def test_m6_document_that_is_none_is_asked_for_again(asker: Asker, place: Place, clock: Clock) -> None:
    """CIMD section 4.4: neither errors nor what is malformed may be kept; the address is asked again ten seconds
    later.
    """
    describe(place, status=500)
    assert is_refused(await asker.ask())
    for text in (
        "",
        "[]",
        "null",
        "{",
        "[" * 5000,
        '{"client_id": 7}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        clock.now += 10
        place.answer = lambda request, text=text: said(text)  # type: ignore[misc]
        assert is_refused(await asker.ask())
    describe(place)
    clock.now += 10
    assert (await asker.ask()).status == 200
    assert len(place.asked) == 9


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "https://other.example/client.json"},
        {"client_id": None},
        {"client_name": None},
        {"client_name": ""},
        {"client_name": "a\u202eb"},
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": "https://c.example/cb"},
        {"grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
    ],
    ids=str,
)
async def test_m6_document_that_does_not_hold(asker: Asker, place: Place, changes: dict[str, Any]) -> None:
    """CIMD section 4.1, by the rules of registration."""
    describe(place, **changes)
    assert is_refused(await asker.ask())


async def test_m6_address_is_compared_byte_by_byte(asker: Asker, place: Place) -> None:
    """CIMD section 4.1: simple string comparison; the default port is not the same as none."""
    describe(place, client_id=asker.client_id.replace("/client.json", "/client.json?"))
    assert is_refused(await asker.ask())


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": ["none"]},
        {"client_secret": "x"},
        {"client_secret_expires_at": 0},
        {"jwks": {"keys": [PRIVATE]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"token_endpoint_auth_method": "private_key_jwt"},
    ],
    ids=["basic", "post", "jwt", "array", "secret", "expiry", "private key", "shared key", "no key"],
)
async def test_m7_secret_in_a_public_place(asker: Asker, place: Place, changes: dict[str, Any]) -> None:
    """CIMD section 4.1: nothing shared; RFC 7517 section 9.2."""
    describe(place, **changes)
    assert is_refused(await asker.ask())


async def test_m7_client_that_publishes_its_key_signs(asker: Asker, place: Place, clock: Clock) -> None:
    """CIMD section 6.2: that is a confidential client, and must authenticate from then on."""
    signer = Signer()
    describe(place, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    code = await asker.code()
    assert (await asker.redeem(code)).refusal == (401, "invalid_client")
    claims = {
        "iss": asker.client_id,
        "sub": asker.client_id,
        "aud": asker.service.settings.issuer,
        "exp": clock.now + 60,
    }
    form = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signer.sign(claims),
    }
    assert (await asker.redeem(code, **form)).status == 200


async def test_m8_stampede_is_one_fetch(asker: Asker, place: Place) -> None:
    """However many people arrive at the same moment."""
    document = describe(place)
    begun, held = asyncio.Event(), asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await held.wait()
        return await said(json.dumps(document))

    place.answer = slow
    asks = [asyncio.create_task(asker.ask()) for _ in range(20)]
    async with asyncio.timeout(5):
        await begun.wait()
    held.set()
    assert [page.status for page in await asyncio.gather(*asks)] == [200] * 20
    assert len(place.asked) == 1


@pytest.mark.parametrize(
    ("said_age", "kept"),
    [(None, 600), ("max-age=0", 60), ("no-store", 600), ("max-age=300", 300), ("public, max-age=31536000", 86400)],
)
async def test_m8_document_is_kept_as_long_as_its_server_says_within_bounds(
    asker: Asker, place: Place, clock: Clock, said_age: str | None, kept: int
) -> None:
    """CIMD section 4.4; RFC 9111 section 5.2.2.1."""
    describe(place, headers={} if said_age is None else {"Cache_Control": said_age})
    await asker.ask()
    clock.now += kept - 1
    await asker.ask()
    assert len(place.asked) == 1
    clock.now += 1
    await asker.ask()
    assert len(place.asked) == 2


async def test_m8_outage_changes_nothing_for_who_was_here(
    asker: Asker, place: Place, clock: Clock, aiohttp_client: AiohttpClient
) -> None:
    """What was read serves on; and after a restart, what is kept of the client since somebody allowed it something."""
    describe(place)
    tokens = await asker.tokens()
    describe(place, status=503)
    clock.now += 700
    assert (await asker.ask()).status == 200
    asked = len(place.asked)
    assert (await asker.ask()).status == 200
    assert len(place.asked) == asked
    service = asker.service
    app = await create_app(
        service.settings, store=service.store, sources=service.sources, network=Network(strangers=place.fetcher())
    )
    again = Asker(
        await aiohttp_client(app, headers={"Host": urlsplit(service.settings.issuer).netloc}), service, asker.client_id
    )
    assert (await again.ask()).status == 200
    assert (await again.refresh(tokens["refresh_token"])).status == 200


async def test_m8_changed_document_asks_anew(asker: Asker, place: Place, clock: Clock) -> None:
    """CIMD section 6.3: consent to what it was is none to what it is; and what it was allowed before is told of the
    new name only by then.
    """
    describe(place, headers={"Cache-Control": "max-age=60"})
    page = await asker.ask()
    describe(place, client_name="Another name")
    clock.now += 61
    refused = await asker.decide(page)
    assert (refused.status, refused.location) == (400, None)
    assert "This application has changed" in refused.text


async def test_m8_form_of_a_newer_document_is_taken_in_every_process(
    asker: Asker, place: Place, clock: Clock, aiohttp_client: AiohttpClient
) -> None:
    """Each process keeps what it read for up to a day.

    The one that takes the form reads anew, where its own is not what the person was shown.
    """
    describe(place, headers={"Cache_Control": "max-age=86400"})
    await asker.ask()
    describe(place, client_name="Another name", headers={"Cache_Control": "max-age=86400"})
    service = asker.service
    app = await create_app(
        service.settings, store=service.store, sources=service.sources, network=Network(strangers=place.fetcher())
    )
    other = Asker(
        await aiohttp_client(app, headers={"Host": urlsplit(service.settings.issuer).netloc}), service, asker.client_id
    )
    for cookie in asker.http.session.cookie_jar:
        other.http.session.cookie_jar.update_cookies({cookie.key: cookie.value}, other.http.make_url("/"))
    clock.now += 3600
    page = await other.ask()
    assert "Another name" in page.text
    assert (await asker.decide(page)).status == 303


async def test_m8_documents_are_kept_within_so_many_bytes(clock: Clock) -> None:
    """What was used least recently makes room; ten times as many as there is room for."""

    async def document(request: web.BaseRequest) -> web.StreamResponse:
        return await said(json.dumps({"about": request.path, "junk": "x" * 4000}))

    async with serving(document) as place:
        fetcher = place.fetcher()
        remote: HttpCache[object] = HttpCache(
            fetcher, lambda url, document: document, clock.sources(), max_size=5120, memory=1_000_000
        )
        for number in range(300):
            await remote.get(f"{place.url}/{number}")
        assert 500_000 < remote.size <= 1_100_000
        asked = len(place.asked)
        await remote.get(f"{place.url}/299")
        assert len(place.asked) == asked
        await remote.get(f"{place.url}/0")
        assert len(place.asked) == asked + 1
        await fetcher.close()


async def test_m8_poisoned_document_does_not_stick(asker: Asker, place: Place, clock: Clock) -> None:
    """What is refused never replaces what was read."""
    describe(place)
    await asker.ask()
    clock.now += 700
    describe(place, redirect_uris=["javascript:alert(1)"])
    page = await asker.ask()
    assert page.status == 200
    clock.now += 31
    describe(place, client_name="Fresh name")
    assert "Fresh name" in (await asker.ask()).text


async def test_m9_program_on_this_computer_is_told_as_one(asker: Asker, place: Place) -> None:
    """MCP 2026-07-28, security considerations: localhost redirect risks; the redirect's host is shown."""
    describe(place, redirect_uris=[LOOPBACK, "http://localhost/callback"])
    page = await asker.ask(redirect_uri="http://127.0.0.1:41234/callback")
    assert page.status == 200
    assert "A program on this computer will receive access." in page.text
    assert "127.0.0.1:41234" in page.text
    assert f"Described at client.example:{place.port}, not verified" in page.text
    assert "is certain" not in page.text


async def test_m9_program_with_a_scheme_of_its_own_is_not_called_certain(asker: Asker, place: Place) -> None:
    """RFC 8252 section 8.4: any program on the computer may claim the scheme, ask with this id and take the code."""
    describe(place, redirect_uris=["com.example.app:/cb"])
    page = await asker.ask(redirect_uri="com.example.app:/cb")
    assert page.status == 200
    assert "A program on this computer will receive access." in page.text
    assert "is certain" not in page.text


async def test_m9_known_name_is_not_vouched_for_on_this_computer(asker: Asker, line: Line) -> None:
    """MCP 2026-07-28, security considerations: any program here can ask with the id of a known one and a loopback
    redirect.
    """
    await line.exchange(HttpFetcher(resolve=nobody))
    asker.client_id = "https://claude.ai/oauth/claude-code-client-metadata"
    page = await asker.ask(redirect_uri="http://localhost:4711/callback")
    assert page.status == 200
    assert "Known application" not in page.text
    assert "A program on this computer will receive access." in page.text


async def test_m10_pages_tell_nothing_of_the_network(asker: Asker, place: Place) -> None:
    """An open port, a closed one, another protocol and a name that does not exist: one text for all, but for the
    reference.
    """
    texts = set()
    describe(place, client_name=None)
    for client_id in (
        asker.client_id,
        f"https://client.example:{place.port + 1}/client.json",
        "https://client.example:1/client.json",
    ):
        asker.client_id = client_id
        page = await asker.ask()
        assert is_refused(page)
        texts.add(re.sub(r"Reference: <code>[\w-]+</code>", "", page.text))
    assert len(texts) == 1


@pytest.mark.parametrize("client_id", known_clients())
async def test_known_clients_need_no_fetch_that_works(asker: Asker, line: Line, client_id: str) -> None:
    """Their makers' outage is none here; the page says that they are known. Some choose an address for each server."""
    await line.exchange(HttpFetcher(resolve=nobody))
    document = known_clients()[client_id]
    asker.client_id = client_id.replace("*", "4-bzS8rt42zJ")
    for redirect in document.get("redirect_uris", ["https://c.example/cb"]):
        page = await asker.ask(redirect_uri=redirect.replace("*", "4-bzS8rt42zJ"))
        assert page.status == (200 if "redirect_uris" in document else 400)
        assert ("Known application, published by" in page.text) == (
            page.status == 200 and redirect.startswith("https:")
        )


def test_known_clients_say_where_they_were_seen() -> None:
    """They change: who looks again has to know what was looked at."""
    assert {document["client_name"] for document in known_clients().values()} >= {
        "Claude",
        "ChatGPT",
        "Codex",
        "GitHub Copilot CLI",
        "Zed",
        "Goose",
        "opencode",
    }
    assert all(document["seen"] for document in known_clients().values())
    assert "warp" in native_schemes()


@pytest.mark.parametrize(
    "client_id",
    [
        "https://chatgpt.com/oauth/*/client.json",
        "https://chatgpt.com/oauth//client.json",
        "https://chatgpt.com/oauth/a/b/client.json",
        "https://chatgpt.com/oauth/%61/client.json",
        "https://chatgpt.com/oauth/x/client.json/",
        "https://chatgpt.com/oauth/codex/x/y/client.json",
        "https://chatgpt.com.evil.example/oauth/x/client.json",
        "https://evil.example/https://chatgpt.com/oauth/x/client.json",
        "https://github.com/copilot/other/client-metadata.json",
    ],
)
def test_address_beside_those_of_known_clients_is_not_known(client_id: str) -> None:
    """CIMD section 3: compared as strings; what makers choose is one segment of the path."""
    assert not is_known(client_id)


@pytest.mark.parametrize(
    "client_id",
    ["https://chatgpt.com/oauth/7NsWlQyClcg9/client.json", "https://chatgpt.com/oauth/codex/N4av5zHP4iw0/client.json"],
)
def test_address_that_a_known_client_chose_for_a_server_is_known(client_id: str) -> None:
    document = known_document(client_id)
    assert document is not None
    assert document["client_id"] == client_id
    assert "*" not in str(document.get("redirect_uris"))


async def test_page_and_log_say_what_helps_where_nothing_can_be_fetched(
    asker: Asker, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    await line.exchange(HttpFetcher(resolve=nobody))
    asker.client_id = "https://github.com/copilot/cli/client-metadata.json"
    page = await asker.ask(redirect_uri="http://127.0.0.1:4711/")
    assert is_refused(page)
    assert "client_documents = off" in page.text
    assert "client_documents = off" in caplog.text


class TestWithoutAssertions:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", client_assertions=False)

    @pytest.mark.parametrize(
        "methods", [["none", "private_key_jwt"], ["private_key_jwt", "none"], ["client_secret_basic", "none"]], ids=str
    )
    async def test_client_that_would_sign_is_what_else_it_can_be(
        self, asker: Asker, place: Place, methods: list[str]
    ) -> None:
        """ChatGPT's document, of 2026: one for all servers, which take what they offer."""
        keys = f"{place.url}/jwks.json"
        describe(
            place,
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_methods_supported=methods,
            jwks_uri=keys,
        )
        tokens = await asker.tokens()
        assert (await asker.refresh(tokens["refresh_token"])).status == 200

    @pytest.mark.parametrize(
        "methods", [None, [], ["private_key_jwt"], ["client_secret_post"], "none", [{}, 5]], ids=str
    )
    async def test_client_that_can_do_nothing_else_is_refused(
        self, asker: Asker, place: Place, methods: object
    ) -> None:
        describe(
            place,
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_methods_supported=methods,
            jwks_uri=f"{place.url}/jwks.json",
        )
        assert is_refused(await asker.ask())

    async def test_registration_is_read_in_the_same_way(self, asker: Asker) -> None:
        answer = await asker.register(
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_methods_supported=["none", "private_key_jwt"],
        )
        assert answer.json["token_endpoint_auth_method"] == "none"


class Silent:
    """A maker whose server takes every connection and says nothing. ``asked`` counts who came."""

    def __init__(self) -> None:
        self.asked, self.end = 0, asyncio.Event()

    async def get(self, url: str, *, max_size: int) -> Fetched:
        self.asked += 1
        await self.end.wait()
        raise FetchError("silence")

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        raise NotImplementedError

    async def close(self) -> None:
        self.end.set()


async def test_m8_silent_maker_holds_nobody_up_twice(clock: Clock) -> None:
    """RFC 5861 section 3: what is kept is the answer, a newer one is fetched beside it, and that somebody waited in
    vain is remembered.
    """
    silent = Silent()
    remote = HttpCache(silent, lambda url, document: "new", clock.sources(), max_size=100)
    url = "https://client.example/client.json"
    assert await remote.get(url, instead="kept") == "kept"
    for attempts in (2, 3):
        silent.end.set()
        for _ in range(5):
            await asyncio.sleep(0)
        silent.end.clear()
        clock.now += 3600
        answer = asyncio.create_task(remote.get(url, instead="kept"))
        for _ in range(20):  # turns of the loop, in which no time has to pass
            await asyncio.sleep(0)
        assert answer.done()
        assert (await answer, silent.asked) == ("kept", attempts)
        assert await remote.get(url, instead="kept") == "kept"
        assert silent.asked == attempts
    await silent.close()


async def nobody(host: str) -> list[str]:
    raise OSError("no such name")


class TestDomains:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            port=0,
            database="sqlite://",
            client_document_hosts=("example", "makers.test"),
            client_document_refused_hosts=("client.example",),
        )

    async def test_domains_decide_whose_documents_are_read(self, asker: Asker, place: Place) -> None:
        """CIMD section 6.8; a domain stands for those below it, and refusal comes first."""
        describe(place)
        assert is_refused(await asker.ask())
        for host in (
            "other.test",
            "notmakers.test",
            "sub.client.example",
            "client.example.",
            "sub.client.example.",
            "makers.test.",
        ):
            place.host = host
            asker.client_id = f"https://{host}:{place.port}/client.json"
            assert is_refused(await asker.ask())
        assert place.connected == 0
        place.host = "deep.makers.test"
        asker.client_id = f"{place.url}/client.json"
        assert is_refused(await asker.ask())
        assert place.connected == 1


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", client_documents=False)

    async def test_v4_documents_switched_off(self, asker: Asker, place: Place) -> None:
        """Neither advertised nor accepted."""
        describe(place)
        assert is_refused(await asker.ask())
        assert place.connected == 0
        metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert "client_id_metadata_document_supported" not in metadata


async def test_client_of_the_operator_is_not_taken_over_by_a_document(asker: Asker, place: Place, clock: Clock) -> None:
    """What is kept by another hand under the same id stays as it is."""
    describe(place)
    await asker.tokens()
    store = asker.service.store
    (kept,) = await store.list_clients()
    await store.remove_client(kept.id, now=clock.now)
    await store.add_client(evolve(kept, kind=type(kept.kind).OPERATOR, name="The operator's"))
    await asker.tokens()
    (kept,) = await store.list_clients()
    assert kept.name == "The operator's"


async def test_device_is_known_by_its_document(asker: Asker, place: Place, clock: Clock) -> None:
    """RFC 8628 with a client that nobody has registered: kept when somebody allows it something, and no sooner."""
    describe(place, grant_types=[DEVICE_CODE, "refresh_token"], redirect_uris=None, response_types=None)
    device = await Device.begin(asker, clock)
    page = await enter(asker, device.codes["user_code"])
    assert f"Described at client.example:{place.port}, not verified" in page.text
    assert await asker.service.store.list_clients() == []
    await decide(asker, page)
    assert (await asker.refresh((await device.poll()).json["refresh_token"])).status == 200
    assert [client.id for client in await asker.service.store.list_clients()] == [asker.client_id]


async def test_m8_changed_document_of_a_device_asks_anew(asker: Asker, place: Place, clock: Clock) -> None:
    """Consent is to what was shown."""
    describe(place, grant_types=[DEVICE_CODE], headers={"Cache-Control": "max-age=60"})
    device = await Device.begin(asker, clock)
    page = await enter(asker, device.codes["user_code"])
    describe(place, grant_types=[DEVICE_CODE], client_name="Something Else")
    clock.now += 61
    assert (await decide(asker, page)).status == 404
    assert "Something Else" in (await enter(asker, device.codes["user_code"])).text
    assert (await device.poll()).refusal == (400, "authorization_pending")
