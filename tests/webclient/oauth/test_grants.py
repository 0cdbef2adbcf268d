"""The ways in that are not registration on the spot and a person's consent: documents, keys, and clients that act
for themselves.
"""

from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import evolve
from joserfc import jwt
from joserfc.jwk import import_key

from mcpbase.settings.loader import SettingError
from tests.webclient.browser import Browser
from tests.webclient.conftest import Running, browser, client
from tests.webclient.foreign import Foreign
from tests.webclient.test_refusals import failed_hops
from webclient import Backing, Credentials, MemoryTokenStore, Preferences, connect
from webclient.app import create_app
from webclient.errors import NoRegistration, TokenRefused, Untrusted
from webclient.integrations.credentials import identity_of
from webclient.oauth.grants import ID_JAG
from webclient.oauth.protocol import UNDECIDED
from webclient.oauth.signing import SEED, new_key
from webclient.settings import Settings, load
from webclient.sources import Sources
from webclient.storage.opening import open_store

from .conftest import Person

__all__ = ["browser", "client"]
DOCUMENT = "https://program.example/client.json"


@pytest.mark.parametrize(
    ("preferences", "registers"), [(UNDECIDED, False), (Preferences(registration="dynamic"), True)]
)
async def test_document_comes_before_registration(
    foreign: Foreign, person: Person, preferences: Preferences, registers: bool
) -> None:
    """MCP 2026-07-28, client registration: the order, unless somebody chose otherwise."""
    foreign.lies.extra_metadata = {"client_id_metadata_document_supported": True}
    async with connect(
        foreign.url, client_metadata_url=DOCUMENT, preferences=preferences, open_browser=person
    ) as client:
        await client.call_tool("whoami")
    [client_id] = parse_qs(urlsplit(person.visited[0]).query)["client_id"]
    assert (client_id != DOCUMENT, bool(foreign.asked("/register"))) == (registers, registers)


@pytest.mark.parametrize(("way", "sentence"), [("document", "has no metadata document"), ("typed", "there is none")])
async def test_forced_way_that_is_closed_is_told(foreign: Foreign, person: Person, way: str, sentence: str) -> None:
    async with connect(foreign.url, preferences=Preferences(registration=way), open_browser=person) as client:
        with pytest.raises(NoRegistration, match=sentence):
            await client.call_tool("whoami")


async def test_other_kind_of_client_is_tried_where_the_redirect_is_refused(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, application type and redirect URI constraints: adjusted once, and no failure of the flow."""
    foreign.lies.refuse_kind = "native"
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    assert [each.json["application_type"] for each in foreign.asked("/register")] == ["native", "web"]
    assert failed_hops(page) == 0


async def test_refused_redirect_is_told_in_the_servers_words(foreign: Foreign, person: Person) -> None:
    foreign.lies.refuse_registration = True
    async with connect(foreign.url, open_browser=person) as client:
        with pytest.raises(NoRegistration, match="No loopback here"):
            await client.call_tool("whoami")
    assert len(foreign.asked("/register")) == 2


async def test_key_is_made_where_only_a_key_will_do(foreign: Foreign, person: Person) -> None:
    """RFC 7591 section 2, jwks; RFC 7523 section 2.2: the same key from registration to token request, and in the
    next process.
    """
    foreign.lies.auth_methods = ["private_key_jwt"]
    store = MemoryTokenStore()
    async with connect(foreign.url, token_store=store, open_browser=person) as client:
        await client.call_tool("whoami")
    [registered] = [each.json for each in foreign.asked("/register")]
    [key] = registered["jwks"]["keys"]
    assert (registered["token_endpoint_auth_method"], "d" in key) == ("private_key_jwt", False)
    foreign.access.clear()
    async with connect(foreign.url, token_store=store, open_browser=None) as client:
        await client.call_tool("whoami")
    assertions = [each.form["client_assertion"] for each in foreign.asked("/token")]
    claims = [jwt.decode(assertion, import_key(key), algorithms=["ES256"]).claims for assertion in assertions]
    assert [each["aud"] for each in claims] == [foreign.origin, foreign.origin]
    assert len({each["jti"] for each in claims}) == 2


@pytest.mark.parametrize("credentials", [Credentials("job", "s3cret"), Credentials("job", key=new_key(b"\x05" * SEED))])
async def test_client_acts_for_itself(foreign: Foreign, credentials: Credentials) -> None:
    """MCP extension OAuth Client Credentials: no person, no PKCE needed, and once more when the token ran out."""
    foreign.lies.give_refresh, foreign.lies.pkce = False, None
    preferences = Preferences(grant="client_credentials", scopes=("jobs",))
    async with connect(foreign.url, credentials=credentials, preferences=preferences, open_browser=None) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        await client.call_tool("whoami")
    forms = [each.form for each in foreign.asked("/token")]
    assert [(each["grant_type"], each["resource"]) for each in forms] == [("client_credentials", foreign.url)] * 2
    assert forms[0]["scope"] == "profile notes:read jobs"
    assert ("client_assertion" in forms[0]) is (credentials.key is not None)


async def test_client_that_acts_for_itself_needs_an_id(foreign: Foreign) -> None:
    async with connect(foreign.url, preferences=Preferences(grant="client_credentials"), open_browser=None) as client:
        with pytest.raises(NoRegistration, match="requires a client id"):
            await client.call_tool("whoami")


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_scope", "unauthorized_client"])
async def test_refused_workload_is_told_and_not_tried_again(foreign: Foreign, error: str) -> None:
    """SEP-1933: no retry and no other grant after a refusal."""
    foreign.lies.token_error = error
    async with connect(
        foreign.url, backing=Backing("workload-jwt"), preferences=Preferences(grant="workload"), open_browser=None
    ) as client:
        with pytest.raises(TokenRefused, match=error):
            await client.call_tool("whoami")
    [form] = [each.form for each in foreign.asked("/token")]
    assert (form["grant_type"], form["assertion"]) == ("urn:ietf:params:oauth:grant-type:jwt-bearer", "workload-jwt")


@pytest.mark.parametrize(
    "kind", ["urn:ietf:params:oauth:token-type:id-jag", "urn:ietf:params:oauth:token-type:access_token"]
)
async def test_organisation_vouches(foreign: Foreign, kind: str) -> None:
    """MCP extension Enterprise-Managed Authorization: what is no identity assertion goes nowhere."""
    idp = await Foreign().start()
    idp.lies.token_answer = {"access_token": "assertion", "issued_token_type": kind, "token_type": "N_A"}
    backing = Backing(
        token_endpoint=idp.origin + "/token", issuer=idp.origin, credentials=Credentials("at-idp"), id_token="id-token"
    )
    preferences = Preferences(grant="enterprise")
    async with connect(
        foreign.url, credentials=Credentials("app", "s"), backing=backing, preferences=preferences, open_browser=None
    ) as client:
        if kind.endswith("id-jag"):
            await client.call_tool("whoami")
        else:
            with pytest.raises(TokenRefused, match="not the requested identity assertion"):
                await client.call_tool("whoami")
    [exchange] = [each.form for each in idp.asked("/token")]
    assert (exchange["audience"], exchange["resource"], exchange["client_id"]) == (
        foreign.origin,
        foreign.url,
        "at-idp",
    )
    assert [each.form["assertion"] for each in foreign.asked("/token")] == (
        ["assertion"] if kind.endswith("id-jag") else []
    )
    await idp.stop()


@pytest.mark.parametrize("endpoint", ["", "file:///etc/passwd", "https://idp.example/$(x)", "https://["])
async def test_organisation_is_asked_at_web_addresses_only(foreign: Foreign, endpoint: str) -> None:
    backing = Backing(
        token_endpoint=endpoint, issuer="https://idp.example", credentials=Credentials("at-idp"), id_token="id-token"
    )
    async with connect(
        foreign.url, credentials=Credentials("app", "s"), backing=backing, preferences=Preferences(grant="enterprise")
    ) as client:
        with pytest.raises(Untrusted, match="identity provider is not a safe web address"):
            await client.call_tool("whoami")


async def test_organisation_may_be_inside_when_a_person_typed_it(foreign: Foreign) -> None:
    """Identity providers stand in private networks; what the person typed may be reached, and nothing that a server
    named.
    """

    async def exchange(request: web.Request) -> web.Response:
        return web.json_response({"access_token": "assertion", "issued_token_type": ID_JAG, "token_type": "N_A"})

    app = web.Application()
    app.router.add_post("/token", exchange)
    async with TestServer(app, host="127.0.0.2") as idp:
        backing = Backing(
            token_endpoint=str(idp.make_url("/token")),
            issuer="https://idp.lan",
            credentials=Credentials("at-idp"),
            id_token="id-token",
        )
        async with connect(
            foreign.url,
            credentials=Credentials("app", "s"),
            backing=backing,
            preferences=Preferences(grant="enterprise"),
        ) as client:
            await client.call_tool("whoami")
    assert [each.form["assertion"] for each in foreign.asked("/token")] == ["assertion"]


async def test_pages_let_a_client_act_for_itself(browser: Browser, client: Running, foreign: Foreign) -> None:
    foreign.lies.give_refresh = False
    page = await browser.add(foreign.url, no_registration="yes", client_id="job", client_secret="s3cret")
    foreign.access.clear()
    assert await connect_with(client, browser, Preferences(grant="client_credentials")) == "connected"
    foreign.access.clear()
    assert "returned" in (await browser.call(page, "whoami")).text
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == [
        "authorization_code",
        "client_credentials",
        "client_credentials",
    ]


async def test_pages_tell_a_client_that_acts_for_itself_as_what_it_is(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    """OAuth 2.1 section 4.2: no person signs in, no code is traded, and nobody has to come back when the token runs
    out.
    """
    foreign.lies.give_refresh = False
    page = await browser.get(
        (
            await browser.add(
                foreign.url, no_registration="yes", client_id="job", client_secret="s3cret", grant="client_credentials"
            )
        ).path
    )
    assert "nobody has to sign in" in page.text
    assert "You sign in again" not in page.text
    assert "Signed in at" not in page.text
    trace = (await browser.get(page.path + "/trace")).text
    assert "Getting a token without a person" in trace
    assert "code" not in trace.partition("The server accepted the token")[0].partition("It named")[2]


async def test_pages_let_a_workload_in(browser: Browser, client: Running, foreign: Foreign) -> None:
    await browser.add(foreign.url)
    foreign.access.clear()
    [integration] = await client.connections.store.integrations_of(browser.owner)
    await client.connections.store.put_backing(integration.id, Backing("workload-jwt"))
    assert await connect_with(client, browser, Preferences(grant="workload")) == "connected"
    assert foreign.asked("/token")[-1].form["assertion"] == "workload-jwt"
    assert not any(b"workload-jwt" in file.read_bytes() for file in client.files())


async def connect_with(client: Running, browser: Browser, preferences: Preferences) -> str:
    """Choose, connect anew, and give the state that came of it; nobody is sent away."""
    [integration] = await client.connections.store.integrations_of(browser.owner)
    chosen = evolve(integration, preferences=preferences)
    await client.connections.store.change_integration(chosen)
    assert await client.connections.connecting.connect(chosen) is None
    [integration] = await client.connections.store.integrations_of(browser.owner)
    return integration.state


async def test_registered_secret_that_ended_is_replaced(foreign: Foreign, person: Person) -> None:
    """RFC 7591 section 3.2.1, client_secret_expires_at."""
    now = [1_000.0]
    foreign.lies.auth_methods, foreign.lies.registration_answer = (
        ["client_secret_basic"],
        {"client_secret_expires_at": 2_000},
    )
    async with connect(foreign.url, open_browser=person, sources=Sources(now=lambda: now[0])) as client:
        await client.call_tool("whoami")
        now[0] = 3_000.0
        foreign.access.clear()
        foreign.refresh.clear()
        await client.call_tool("whoami")
    assert len({each.json["redirect_uris"][0] for each in foreign.asked("/register")}) == 1
    assert len(foreign.asked("/register")) == 2


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
async def test_forgotten_registration_is_made_anew(foreign: Foreign, person: Person, error: str) -> None:
    """RFC 6749 section 5.2, invalid_client, and 401 with another name for it (Keycloak): the server does not know us
    any more, so we do not pretend it does.
    """
    foreign.lies.token_error, foreign.lies.token_status = error, 401
    async with connect(foreign.url, open_browser=person) as client:
        with pytest.raises(TokenRefused):
            await client.call_tool("whoami")
        foreign.lies.token_error = None
        await client.call_tool("whoami")
    assert len(foreign.asked("/register")) == 2


class Strict:
    """An authorization server that allows a client only the scopes it registered for, as Ory Hydra does."""

    def __init__(self, foreign: Foreign) -> None:
        self.foreign, self.allowed = foreign, dict[str, set[str]]()
        foreign.doors |= {"/register": self.register, "/authorize": self.authorize}

    async def register(self, request: web.Request) -> web.Response:
        answer = await self.foreign._register(request)
        self.allowed[max(self.foreign.clients, key=list(self.foreign.clients).index)] = set(
            (await request.json()).get("scope", "").split()
        )
        return answer

    async def authorize(self, request: web.Request) -> web.Response:
        self.foreign.lies.deny = (
            None if set(request.query["scope"].split()) <= self.allowed[request.query["client_id"]] else "invalid_scope"
        )
        return await self.foreign._authorize(request)


async def test_registration_is_for_all_that_is_asked_for(foreign: Foreign, person: Person) -> None:
    """RFC 7591 section 2, scope: the values that the client can use when it asks for tokens; what is missing later
    is registered for then.
    """
    strict = Strict(foreign)
    foreign.lies.extra_metadata = {"scopes_supported": ["offline_access"]}
    store = MemoryTokenStore()
    async with connect(
        foreign.url, token_store=store, preferences=Preferences(scopes=("extra",)), open_browser=person
    ) as client:
        await client.call_tool("whoami")
        foreign.lies.withhold = frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    assert [sorted(each) for each in strict.allowed.values()] == [
        ["extra", "notes:read", "offline_access", "profile"],
        ["extra", "notes:read", "notes:write", "offline_access", "profile"],
    ]


async def test_registration_covers_what_the_resource_may_want_later(foreign: Foreign, person: Person) -> None:
    foreign.lies.challenge = (
        f'Bearer resource_metadata="{foreign.origin}/.well-known/oauth-protected-resource/mcp", scope="profile"'
    )
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
    assert foreign.asked("/register")[0].json["scope"] == "profile notes:read"
    assert parse_qs(urlsplit(person.visited[0]).query)["scope"] == ["profile"]


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (
            403,
            "insufficient_scope",
            "Policy 'Allowed Client Scopes' rejected request. Not permitted to use specified clientScope",
        ),
        (400, "invalid_client_metadata", "Requested scopes are not valid: profile"),
        (400, "invalid_scope", ""),
    ],
)
async def test_scope_that_registration_refuses_is_left_out(
    foreign: Foreign, person: Person, status: int, error: str, told: str
) -> None:
    """RFC 7591 section 2: without a scope the server registers a default set."""

    async def register(request: web.Request) -> web.Response:
        if "scope" in await request.json():
            return web.json_response({"error": error, "error_description": told}, status=status)
        return await foreign._register(request)

    foreign.doors["/register"] = register
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.lies.withhold = frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    assert ["scope" in each.json for each in foreign.asked("/register")] == [True, False]


async def test_step_up_at_a_server_that_publishes_nothing(foreign: Foreign, person: Person) -> None:
    """MCP 2025-03-26, fallbacks: the same addresses the second time."""
    foreign.lies.no_resource_metadata, foreign.lies.challenge, foreign.lies.no_issuer_metadata = True, "", True
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.lies.withhold = frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    assert len(person.visited) == 2


async def test_step_up_asks_no_other_issuer(foreign: Foreign, person: Person) -> None:
    """A 403 adds a permission where the others came from; it is no invitation elsewhere."""
    evil = await Foreign().start()
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.lies.issuers, foreign.lies.withhold = [evil.origin], frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    assert (len(person.visited), evil.seen) == (2, [])
    await evil.stop()


PUBLIC = Settings(public_url="https://pages.example", database="sqlite://", open_to_all="on")


async def test_pages_at_https_publish_who_they_are() -> None:
    """MCP 2026-07-28, client ID metadata documents: the id is the address, byte for byte, and the key has no private
    half.
    """
    async with TestClient(TestServer(create_app(PUBLIC))) as pages:
        for path, method in (("/client.json", "none"), ("/keyed-client.json", "private_key_jwt")):
            answer = await pages.get(path, headers={"Host": "pages.example"})
            document = await answer.json()
            assert (answer.status, answer.content_type) == (200, "application/json")
            assert document["client_id"] == "https://pages.example" + path
            assert (document["redirect_uris"], document["token_endpoint_auth_method"]) == (
                ["https://pages.example/callback"],
                method,
            )
            assert document["client_name"] == PUBLIC.client_name
        assert all("d" not in key for key in document["jwks"]["keys"])


@pytest.mark.parametrize("path", ["/client.json", "/keyed-client.json"])
async def test_pages_on_loopback_publish_nothing(client: Running, path: str) -> None:
    async with aiohttp.ClientSession() as anybody, anybody.get(client.home + path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("settings", "document", "keyed"),
    [
        (PUBLIC, "https://pages.example/client.json", "https://pages.example/keyed-client.json"),
        (evolve(PUBLIC, client_metadata_url=DOCUMENT), DOCUMENT, ""),
        (Settings(public_url="https://localhost:8443", database="sqlite://"), "", ""),
        (Settings(database="sqlite://"), "", ""),
        (Settings(database="sqlite://", client_metadata_url=DOCUMENT), DOCUMENT, ""),
    ],
)
async def test_documents_are_offered_from_a_public_https_address_only(
    settings: Settings, document: str, keyed: str
) -> None:
    store = await open_store(settings, Sources())
    identity = identity_of(settings, store)
    assert (identity.document, identity.keyed_document) == (document, keyed)
    await store.close()


async def test_key_of_the_pages_outlives_a_restart_and_rests_nowhere_readable(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    key = client.connections.store.client_key
    await browser.add(foreign.url)
    await client.stop()
    await client.start()
    assert client.connections.store.client_key == key
    assert not any(key["d"].encode() in file.read_bytes() for file in client.files())


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/x",
        "https://a.example",
        "https://a.example/",
        "https:///x",
        "https://u@a.example/x",
        "https://a.b/x#y",
        "x",
    ],
)
def test_document_setting_takes_https_with_a_path(url: str) -> None:
    with pytest.raises(SettingError, match="client_metadata_url"):
        load({}, {"WEBCLIENT_CLIENT_METADATA_URL": url})
    assert load({}, {"WEBCLIENT_CLIENT_METADATA_URL": DOCUMENT}).client_metadata_url == DOCUMENT


async def test_server_that_forgot_the_client_is_met_anew_after_a_refresh(foreign: Foreign, person: Person) -> None:
    """RFC 6749 section 5.2: invalid_client at a refresh ends the registration too."""
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        foreign.lies.refresh_error = "invalid_client"
        await client.call_tool("whoami")
    assert (len(foreign.asked("/register")), len(person.visited)) == (2, 2)


async def test_workload_shows_the_assertion_of_the_moment(foreign: Foreign) -> None:
    """SEP-1933: the platform's tokens end within minutes, so each request for a token takes a fresh one."""
    given: list[str] = []

    async def vouch() -> Backing:
        given.append(f"jwt-{len(given)}")
        return Backing(given[-1])

    foreign.lies.give_refresh = False
    async with connect(
        foreign.url, backing=vouch, preferences=Preferences(grant="workload"), open_browser=None
    ) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        await client.call_tool("whoami")
    assert [each.form["assertion"] for each in foreign.asked("/token")] == given == ["jwt-0", "jwt-1"]
