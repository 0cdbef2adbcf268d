"""A resource server and nothing else: people sign in at somebody else's authorization server (RFC 9728, RFC 9068,
RFC 7662).
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from attrs import define, evolve
from joserfc.jwk import OKPKey
from pytest_aiohttp import AiohttpClient

from mcpbase.settings.loader import SettingError
from mcpserver import Later, MCPServer, User
from mcpserver.compose.mount import mount, standalone
from mcpserver.compose.resource_app import create_resource_app
from mcpserver.network import Network
from mcpserver.notes.application import open_notes
from mcpserver.settings import Settings
from mcpserver.sources import Sources
from mcpserver.store import StoreError, open_store

from ..conftest import Clock
from ..fetchers import closing_network
from ..prover import Prover
from ..signer import Issuer, Signer, issuing

PUBLIC_URL = "http://127.0.0.1:8000"
RESOURCE = f"{PUBLIC_URL}/mcp"


def greeter() -> MCPServer:
    server = MCPServer("Greeter", scopes={"greet": "Greet you"})

    @server.tool(scope="greet")
    async def whoami(user: User) -> dict[str, Any]:
        """Who is calling."""
        return {
            "id": user.id,
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "client": user.client_id,
            "is_client": user.is_client,
        }

    return server


@define
class Elsewhere:
    """The resource server, and the issuer that its people sign in at."""

    http: Any
    issuer: Issuer
    clock: Clock

    def token(self, *, header: dict[str, Any] | None = None, signer: Signer | None = None, **changes: Any) -> str:
        claims = {
            "iss": self.issuer.url,
            "aud": RESOURCE,
            "sub": "u1",
            "client_id": "some-client",
            "scope": "openid greet",
            "iat": self.clock.now,
            "exp": self.clock.now + 3600,
            "jti": "one",
        }
        return (signer or self.issuer).sign(claims | changes, **(header or {}))

    async def call(self, token: str | None, *, headers: dict[str, str] | None = None, scheme: str = "Bearer") -> Any:
        """The status and the challenge of a refusal; whom the tool saw otherwise."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
        sent = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
            **(headers or {}),
        }
        if token is not None:
            sent["Authorization"] = f"{scheme} {token}"
        async with self.http.post("/mcp", json=message, headers=sent) as answer:
            if answer.status != 200:
                return answer.status, answer.headers.get("WWW-Authenticate", "")
            return (await answer.json())["result"]["structuredContent"]

    async def health(self) -> int:
        async with self.http.get("/healthz") as answer:
            status: int = answer.status
            return status


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
def elsewhere_settings(issuer: Issuer) -> Settings:
    return Settings(public_url=PUBLIC_URL, database="sqlite://", authorization_server=issuer.url)


@pytest.fixture
async def elsewhere(
    aiohttp_client: AiohttpClient, issuer: Issuer, clock: Clock, sources: Sources, elsewhere_settings: Settings
) -> Elsewhere:
    app = await create_resource_app(elsewhere_settings, server=greeter(), sources=sources)
    return Elsewhere(await aiohttp_client(app, headers={"Host": "127.0.0.1:8000"}), issuer, clock)


async def test_token_of_the_other_server_lets_its_person_in(elsewhere: Elsewhere) -> None:
    """RFC 9068 section 4; keys by RFC 8414, once."""
    person = {
        "id": "u1",
        "username": "ada",
        "name": "Ada",
        "email": "ada@example.com",
        "client": "some-client",
        "is_client": False,
    }
    token = elsewhere.token(preferred_username="ada", name="Ada", email="ada@example.com", email_verified=True)
    assert await elsewhere.call(token) == person
    assert await elsewhere.call(token) == person
    assert elsewhere.issuer.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, {"username": "u1", "name": "u1", "email": None}),
        ({"email": "ada@example.com"}, {"username": "u1", "name": "u1", "email": None}),
        (
            {"email": "ada@example.com", "email_verified": True},
            {"username": "ada@example.com", "email": "ada@example.com"},
        ),
        *(
            ({"email": "ada@example.com", "email_verified": value}, {"username": "u1", "name": "u1", "email": None})
            for value in (False, "true", 1)
        ),
        ({"exp": 1_999_999_999.75, "nbf": 1.5}, {}),
        ({"scope": "", "scp": "greet"}, {}),
        ({"client_id": None, "azp": "by-azp"}, {"client": "by-azp"}),
        ({"client_id": None, "cid": "by-cid"}, {"client": "by-cid"}),
        ({"sub": "some-client"}, {"is_client": True}),
        ({"scope": None, "scp": "greet"}, {}),
        ({"scope": None, "scp": ["openid", "greet"]}, {}),
        ({"aud": ["https://other.example", RESOURCE]}, {}),
    ],
    ids=str,
)
async def test_claims_are_read_as_the_servers_of_this_world_write_them(
    elsewhere: Elsewhere, changes: dict[str, Any], seen: dict[str, Any]
) -> None:
    """OpenID Connect Core section 5.1; RFC 9068 section 2.2.3; ``scp``, ``azp`` and ``cid`` are habits of some."""
    found = await elsewhere.call(elsewhere.token(**changes))
    assert {name: found[name] for name in seen} == seen


@pytest.mark.parametrize(
    "kind", [None, "JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"]
)
async def test_types_of_access_tokens(elsewhere: Elsewhere, kind: str | None) -> None:
    """RFC 9068 section 2.1; RFC 7515 section 4.1.9: a media type, in which letter case means nothing."""
    assert (await elsewhere.call(elsewhere.token(header={"typ": kind})))["id"] == "u1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "some-client"},
        {"aud": PUBLIC_URL},
        {"aud": RESOURCE + "/"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 9_000_000_000},
        {"sub": None},
        {"sub": 7},
        {"cnf": {"x5t#S256": "x"}},
        {"cnf": {"kc-jkt-type": "dpop"}},
        {"cnf": {}},
        {"cnf": {"jkt": 7}},
        {"cnf": "x"},
    ],
    ids=str,
)
async def test_token_that_is_not_for_here_or_not_now_is_refused(elsewhere: Elsewhere, changes: dict[str, Any]) -> None:
    """MCP 2026-07-28, authorization: audience validation; RFC 9068 section 4."""
    status, challenge = await elsewhere.call(elsewhere.token(**changes))
    assert (status, 'error="invalid_token"' in challenge) == (401, True)


async def test_forged_tokens_are_refused(elsewhere: Elsewhere) -> None:
    """RFC 8725 sections 3.1 and 3.11."""
    for token in (
        elsewhere.token(signer=Signer()),
        elsewhere.token(header={"typ": "id+jwt"}),
        elsewhere.token()[:-2] + "xx",
        "opaque",
        "a.b.c",
    ):
        assert (await elsewhere.call(token))[0] == 401


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
@pytest.mark.parametrize("published", ["EdDSA", "Ed25519", None])
async def test_ed25519_under_both_names(elsewhere: Elsewhere, name: str, published: str | None) -> None:
    """RFC 8037 section 3.1, RFC 9864."""
    signer = Signer(OKPKey.generate_key("Ed25519"), name, "edwards")
    elsewhere.clock.now += 6  # since the look at the start
    elsewhere.issuer.keys.append(
        {member: value for member, value in (signer.public | {"alg": published}).items() if value is not None}
    )
    assert (await elsewhere.call(elsewhere.token(signer=signer)))["id"] == "u1"


@pytest.mark.parametrize(
    "header",
    [
        {"nonce": "n"},
        {"pi.atm": "1"},
        {"iss": "x", "tty": 7},
        {"x5t": "abc", "ver": "2.0"},
        {"x5c": ["A" * 1200] * 3},
        {"b65": False},
        {"jku": 7},
    ],
    ids=" ".join,
)
async def test_what_is_not_known_in_a_header_is_ignored(elsewhere: Elsewhere, header: dict[str, Any]) -> None:
    """RFC 7515 section 4: members that are not understood must be ignored."""
    assert (await elsewhere.call(elsewhere.token(header=header)))["id"] == "u1"


@pytest.mark.parametrize(
    "header",
    [{"crit": ["nonce"], "nonce": "n"}, {"crit": ["exp"]}, {"b64": True}, {"jwk": Signer().public, "kid": "second"}],
)
async def test_header_cannot_say_how_to_be_believed(elsewhere: Elsewhere, header: dict[str, Any]) -> None:
    """RFC 7515 section 4.1.11; RFC 8725 section 3.10."""
    thief = Signer()
    assert (await elsewhere.call(elsewhere.token(signer=thief if "jwk" in header else None, header=header)))[0] == 401


@pytest.mark.parametrize(
    "confirmation", [{"kc-jkt-type": "dpop"}, {"x5t#S256": "x", "jku": "https://x.example"}], ids=str
)
async def test_member_beside_the_thumbprint_is_ignored(elsewhere: Elsewhere, confirmation: dict[str, Any]) -> None:
    """RFC 7800 section 3.1; Keycloak writes ``kc-jkt-type``. The binding holds all the same."""
    prover = Prover(elsewhere.clock.now)
    token = elsewhere.token(cnf={"jkt": prover.thumbprint} | confirmation)
    assert (await elsewhere.call(token))[0] == 401
    assert (await elsewhere.call(token, scheme="DPoP", headers={"DPoP": prover.proof("POST", RESOURCE, token=token)}))[
        "id"
    ] == "u1"


async def test_scope_that_was_not_granted_there_is_missing_here(elsewhere: Elsewhere) -> None:
    """RFC 6750 section 3.1."""
    for scope in ("openid", "", 7, None, ["greet"]):
        answer = await elsewhere.call(elsewhere.token(scope=scope))
        assert answer[0] == 403 if scope != ["greet"] else answer["id"] == "u1"


async def test_stranger_is_sent_to_the_other_server(elsewhere: Elsewhere) -> None:
    """RFC 9728 sections 3 and 5.1."""
    status, challenge = await elsewhere.call(None)
    assert status == 401
    assert f'resource_metadata="{PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"' in challenge
    async with elsewhere.http.get("/.well-known/oauth-protected-resource/mcp") as answer:
        document = await answer.json()
    assert (document["resource"], document["authorization_servers"]) == (RESOURCE, [elsewhere.issuer.url])
    assert "greet" in document["scopes_supported"]


@pytest.mark.parametrize(
    "path",
    [
        "/authorize",
        "/token",
        "/register",
        "/login",
        "/jwks",
        "/revoke",
        "/introspect",
        "/.well-known/oauth-authorization-server",
    ],
)
async def test_v4_authorization_server_of_ours_switched_off(elsewhere: Elsewhere, path: str) -> None:
    """Nobody signs in here: none of it exists."""
    for method in ("GET", "POST"):
        async with elsewhere.http.request(method, path) as answer:
            assert answer.status == 404


async def test_token_that_is_bound_to_a_key_goes_with_it(elsewhere: Elsewhere) -> None:
    """RFC 9449 section 7."""
    prover = Prover(elsewhere.clock.now)
    token = elsewhere.token(cnf={"jkt": prover.thumbprint})
    assert (await elsewhere.call(token))[0] == 401
    assert (await elsewhere.call(token, scheme="DPoP", headers={"DPoP": prover.proof("POST", RESOURCE, token=token)}))[
        "id"
    ] == "u1"


class TestOutage:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        issuer.down = True
        return Settings(public_url=PUBLIC_URL, database="sqlite://", authorization_server=issuer.url)

    async def test_outage_there_is_not_told_as_a_bad_token(
        self, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A client that hears invalid_token throws a good one away.

        The log has the reason once, whoever asks for readiness hears of it.
        """
        for _ in range(3):
            assert await elsewhere.call(elsewhere.token()) == (503, "")
        told = [record.getMessage() for when in ("setup", "call") for record in caplog.get_records(when)]
        assert sum("access tokens cannot be checked" in line for line in told) == 1
        assert await elsewhere.health() == 503
        elsewhere.issuer.down = False
        elsewhere.clock.now += 10
        assert (await elsewhere.call(elsewhere.token()))["id"] == "u1"
        assert await elsewhere.health() == 200
        assert "access tokens can be checked again" in [record.getMessage() for record in caplog.records]


class TestMistypedIssuer:
    @pytest.fixture(params=["/", "/realms/none"])
    def elsewhere_settings(self, issuer: Issuer, request: pytest.FixtureRequest) -> Settings:
        return Settings(public_url=PUBLIC_URL, database="sqlite://", authorization_server=issuer.url + request.param)

    async def test_start_looks_and_warns(self, caplog: pytest.LogCaptureFixture, elsewhere: Elsewhere) -> None:
        """RFC 8414 section 3.3: a slash too many, and a realm that does not exist."""
        started = [record.getMessage() for record in caplog.get_records("setup") if record.levelname == "WARNING"]
        assert any("access tokens cannot be checked" in line for line in started)
        assert await elsewhere.health() == 503


async def test_front_page_and_health(elsewhere: Elsewhere) -> None:
    async with elsewhere.http.get("/") as answer:
        page = await answer.text()
    assert answer.status == 200
    assert RESOURCE in page
    assert elsewhere.issuer.url in page
    async with elsewhere.http.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_key_that_is_new_there_is_asked_for_soon(elsewhere: Elsewhere) -> None:
    """A rotation there: seconds after the last look, and not with every token that names a key of its own."""
    new = Signer(kid="second")
    status, challenge = await elsewhere.call(elsewhere.token(signer=new))
    assert (status, "a key that its issuer does not publish" in challenge) == (401, True)
    elsewhere.issuer.keys.append(new.public)
    assert (await elsewhere.call(elsewhere.token(signer=new)))[0] == 401
    elsewhere.clock.now += 6
    assert (await elsewhere.call(elsewhere.token(signer=new)))["id"] == "u1"
    assert elsewhere.issuer.asked.count("/keys") == 2
    for number in range(5):
        assert (await elsewhere.call(elsewhere.token(signer=Signer(kid=f"made up {number}"))))[0] == 401
    assert elsewhere.issuer.asked.count("/keys") == 2


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"iss": "https://other.example"}, "https://other.example"),
        ({"aud": "some-audience"}, "some-audience"),
        ({"exp": 1}, "exp 1"),
        ({"typ": "ID"}, "'ID'"),
    ],
    ids=str,
)
async def test_log_says_what_was_found(
    elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], found: str
) -> None:
    """Who set the wrong audience finds the right one there; the token itself is not in it."""
    caplog.set_level("INFO")
    token = elsewhere.token(**changes)
    assert (await elsewhere.call(token))[0] == 401
    assert any("access token refused" in line and found in line for line in caplog.messages)
    assert token.rpartition(".")[2] not in caplog.text


@pytest.mark.parametrize(
    "changes",
    [
        *({"typ": kind} for kind in ("ID", "Refresh", "Offline", "Logout")),
        *({"token_use": kind} for kind in ("id", "refresh", "refresh_token")),
        {"token_type": "refresh_token"},
        {"c_hash": "x"},
        {"nonce": "n", "scope": None, "client_id": None},
        {"at_hash": "x", "scope": None, "client_id": None, "azp": "some-client"},
    ],
    ids=str,
)
async def test_other_kinds_of_tokens_are_no_access_tokens(elsewhere: Elsewhere, changes: dict[str, Any]) -> None:
    """RFC 8725 section 3.11, RFC 9068 section 5: as Keycloak, Cognito, Hydra and OpenID Connect Core section 2 tell
    them apart.
    """
    status, challenge = await elsewhere.call(elsewhere.token(**changes))
    assert (status, "This is not an access token." in challenge) == (401, True)


@pytest.mark.parametrize(
    "changes",
    [{"typ": "Bearer"}, {"typ": "DPoP"}, {"token_use": "access"}, {"token_type": "Bearer"}, {"nonce": "n"}],
    ids=str,
)
async def test_access_tokens_as_they_are_written(elsewhere: Elsewhere, changes: dict[str, Any]) -> None:
    assert (await elsewhere.call(elsewhere.token(**changes)))["id"] == "u1"


async def test_scope_that_is_asked_for_later(
    aiohttp_client: AiohttpClient, issuer: Issuer, clock: Clock, sources: Sources
) -> None:
    """MCP security best practices, scope minimization: neither metadata nor the first challenge name it, the call
    that needs it does.
    """
    server = MCPServer("Library", scopes={"read": "Read books", "delete": Later("Delete books")})

    @server.tool(scope="delete")
    async def whoami() -> dict[str, Any]:
        """Needs what was not asked for."""
        return {"id": "somebody"}

    settings = Settings(public_url=PUBLIC_URL, database="sqlite://", authorization_server=issuer.url)
    app = await create_resource_app(settings, server=server, sources=sources)
    library = Elsewhere(await aiohttp_client(app, headers={"Host": "127.0.0.1:8000"}), issuer, clock)
    for token in (None, "opaque"):
        status, challenge = await library.call(token)
        assert (status, 'scope="profile read"' in challenge) == (401, True)
    async with library.http.get("/.well-known/oauth-protected-resource/mcp") as answer:
        assert (await answer.json())["scopes_supported"] == ["profile", "read"]
    status, challenge = await library.call(library.token(scope="read"))
    assert (status, 'error="insufficient_scope"' in challenge, 'scope="read delete"' in challenge) == (403, True, True)
    assert await library.call(library.token(scope="read delete")) == {"id": "somebody"}


class TestDex:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        return Settings(
            public_url=PUBLIC_URL,
            database="sqlite://",
            authorization_server=issuer.url,
            token_audience="assistant",
            access_tokens_like_id_tokens=True,
            token_email_verified=True,
        )

    async def test_access_token_that_looks_like_an_id_token(self, elsewhere: Elsewhere) -> None:
        """dex signs both alike; what came with a code has its hash (OpenID Connect Core section 3.3.2.11)."""
        claims: dict[str, Any] = {
            "aud": "assistant",
            "client_id": None,
            "nonce": "n",
            "at_hash": "x",
            "email": "ada@example.com",
        }
        assert (await elsewhere.call(elsewhere.token(**claims)))["email"] == "ada@example.com"
        assert (await elsewhere.call(elsewhere.token(**claims, email_verified=False)))["email"] is None
        assert (await elsewhere.call(elsewhere.token(**claims, c_hash="x")))[0] == 401


async def test_it_answers_to_its_own_name_only(elsewhere: Elsewhere) -> None:
    """MCP security best practices: DNS rebinding."""
    assert (await elsewhere.call(elsewhere.token(), headers={"Host": "evil.example"}))[0] == 421


class TestAnotherAudience:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        return Settings(
            public_url=PUBLIC_URL,
            database="sqlite://",
            authorization_server=issuer.url,
            token_audience="api://greeter",
            legacy_sse=True,
        )

    async def test_audience_is_what_the_operator_says(self, elsewhere: Elsewhere) -> None:
        """Some servers have names of their own for resources."""
        assert (await elsewhere.call(elsewhere.token(aud="api://greeter")))["id"] == "u1"
        assert (await elsewhere.call(elsewhere.token()))[0] == 401
        async with elsewhere.http.get("/sse", headers={"Accept": "text/event-stream"}) as answer:
            assert answer.status == 401


class TestAsking:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        issuer.metadata = {"introspection_endpoint": f"{issuer.url}/introspect"}
        return Settings(
            public_url=PUBLIC_URL,
            database="sqlite://",
            authorization_server=issuer.url,
            introspection_client_id="resource server",
            introspection_client_secret="s3cr:t",
        )

    async def test_tokens_of_any_form_are_asked_about(self, elsewhere: Elsewhere) -> None:
        """RFC 7662 section 2.1, with the credentials of RFC 6749 section 2.3.1; an answer is good for half a minute."""
        issuer = elsewhere.issuer
        issuer.tokens["opaque"] = {
            "active": True,
            "sub": "u1",
            "aud": RESOURCE,
            "scope": "greet",
            "username": "ada",
            "client_id": "c1",
        }
        for later in (0, 29):
            elsewhere.clock.now += later
            assert (await elsewhere.call("opaque"))["username"] == "ada"
        assert set(issuer.credentials) == {"resource+server:s3cr%3At"}
        assert len(issuer.credentials) == 2  # one of them at the start, of a look whether it works
        issuer.tokens["opaque"] = {"active": False}
        elsewhere.clock.now += 1
        assert (await elsewhere.call("opaque"))[0] == 401

    @pytest.mark.parametrize(
        "changes",
        [
            {"active": False},
            {"active": "yes"},
            {"aud": "https://other.example"},
            {"aud": None},
            {"iss": "https://other.example"},
            {"exp": 1},
            {"sub": None},
        ],
        ids=str,
    )
    async def test_answer_that_is_not_for_here_is_no_token(self, elsewhere: Elsewhere, changes: dict[str, Any]) -> None:
        """RFC 7662 section 4."""
        good = {
            "active": True,
            "sub": "u1",
            "aud": [RESOURCE],
            "scope": "greet",
            "exp": elsewhere.clock.now + 60,
            "iss": elsewhere.issuer.url,
        }
        elsewhere.issuer.tokens["opaque"] = {
            name: value for name, value in (good | changes).items() if value is not None
        }
        assert (await elsewhere.call("opaque"))[0] == 401
        elsewhere.issuer.tokens["other"] = good
        assert (await elsewhere.call("other"))["id"] == "u1"

    async def test_outage_is_not_told_as_a_bad_token(self, elsewhere: Elsewhere) -> None:
        elsewhere.issuer.tokens["list"] = []
        assert await elsewhere.call("list") == (503, "")
        elsewhere.issuer.down = True
        assert await elsewhere.call("opaque") == (503, "")

    async def test_introspected_refresh_token_is_no_access_token(self, elsewhere: Elsewhere) -> None:
        """RFC 7662 section 4; ``token_use`` of Hydra and dex, ``typ`` of Keycloak."""
        good = {"active": True, "sub": "u1", "aud": RESOURCE, "scope": "greet"}
        for number, kind in enumerate(
            ({"token_use": "refresh_token"}, {"typ": "Refresh"}, {"token_type": "refresh_token"})
        ):
            elsewhere.issuer.tokens[f"refresh{number}"] = good | kind
            assert (await elsewhere.call(f"refresh{number}"))[0] == 401
        elsewhere.issuer.tokens["access"] = good | {"token_use": "access_token", "token_type": "Bearer"}
        assert (await elsewhere.call("access"))["id"] == "u1"

    async def test_wrong_secret_is_said_where_it_can_be_mended(
        self, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
    ) -> None:
        elsewhere.issuer.places = ()
        elsewhere.issuer.refuses = True
        for _ in range(2):
            assert await elsewhere.call("opaque") == (503, "")
        assert sum("introspection_client_secret" in line for line in caplog.messages) == 1
        assert "s3cr" not in caplog.text
        assert await elsewhere.health() == 503


class TestNowhereToAsk:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        return Settings(
            public_url=PUBLIC_URL,
            database="sqlite://",
            authorization_server=issuer.url,
            introspection_client_id="x",
            introspection_client_secret="y",
        )

    async def test_server_that_cannot_be_asked_is_an_outage(
        self, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert await elsewhere.call("opaque") == (503, "")
        assert any("set introspection_endpoint" in record.getMessage() for record in caplog.get_records("setup"))
        assert await elsewhere.health() == 503


class TestEndpointThatIsSet:
    @pytest.fixture
    def elsewhere_settings(self, issuer: Issuer) -> Settings:
        return Settings(
            public_url=PUBLIC_URL,
            database="sqlite://",
            authorization_server=issuer.url,
            introspection_client_id="x",
            introspection_client_secret="y",
            introspection_endpoint=f"{issuer.url}/introspect",
        )

    async def test_operator_says_where_to_ask(self, elsewhere: Elsewhere) -> None:
        """Ory Hydra has it on another port, and not in its metadata."""
        elsewhere.issuer.tokens["opaque"] = {"active": True, "sub": "u1", "aud": RESOURCE, "scope": "greet"}
        assert (await elsewhere.call("opaque"))["id"] == "u1"


async def test_half_of_the_credentials_stops_the_start(elsewhere_settings: Settings) -> None:
    with pytest.raises(SettingError, match="go together"):
        await create_resource_app(evolve(elsewhere_settings, introspection_client_id="x"), server=greeter())


async def test_application_with_pages_cannot_be_served_like_this(elsewhere_settings: Settings) -> None:
    with pytest.raises(SettingError, match="needs an MCPServer: an application with pages"):
        await standalone(elsewhere_settings, server=open_notes)


async def test_it_can_be_a_part_of_another_application(aiohttp_client: AiohttpClient, issuer: Issuer) -> None:
    """RFC 9728 section 3.1: its metadata lie between the host and the path."""
    app = web.Application()
    settings = Settings(public_url=PUBLIC_URL + "/assistant", database="sqlite://", authorization_server=issuer.url)
    await mount(app, settings, server=greeter())
    http = await aiohttp_client(app, headers={"Host": "127.0.0.1:8000"})
    async with http.get("/.well-known/oauth-protected-resource/assistant/mcp") as answer:
        assert (await answer.json())["authorization_servers"] == [issuer.url]
    async with http.get("/.well-known/oauth-authorization-server/assistant") as answer:
        assert answer.status == 404
    assert (await http.post("/assistant/mcp")).status == 401


async def test_network_is_closed_with_it(
    aiohttp_client: AiohttpClient, elsewhere_settings: Settings, issuer: Issuer
) -> None:
    network = Network()
    app = await create_resource_app(elsewhere_settings, server=greeter(), network=network)
    http = await aiohttp_client(app, headers={"Host": "127.0.0.1:8000"})
    assert (
        await http.post("/mcp", headers={"Authorization": f"Bearer {issuer.sign({'iss': issuer.url})}"})
    ).status == 401
    await http.close()


async def test_what_was_opened_is_closed_when_the_start_fails(tmp_path: Path, elsewhere_settings: Settings) -> None:
    """The store, which folds its log into the database, and the network. The machine has no random bytes left when the
    endpoint is built.
    """
    settings = evolve(elsewhere_settings, database=f"sqlite:///{tmp_path}/sessions.db", secret="s" * 32)
    closed: list[str] = []
    log = tmp_path / "sessions.db-wal"
    await (await open_store(settings.database)).close()

    def no_bytes(size: int) -> bytes:
        assert log.exists()
        raise OSError("no random bytes")

    with pytest.raises(OSError, match="no random bytes"):
        await create_resource_app(
            settings, server=greeter(), sources=Sources(token_bytes=no_bytes), network=closing_network(closed)
        )
    assert closed == ["strangers", "trusted"]
    assert not log.exists()


async def test_database_that_is_busy_is_told_in_a_sentence(tmp_path: Path, elsewhere_settings: Settings) -> None:
    """Another process keeps the database to itself, for longer than the start waits."""
    settings = evolve(elsewhere_settings, database=f"sqlite:///{tmp_path}/sessions.db")
    await (await open_store(settings.database)).close()
    with closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"cannot be used: database is locked\.$"):
            await create_resource_app(settings, server=greeter())
