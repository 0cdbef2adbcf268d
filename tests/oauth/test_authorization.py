"""The authorization request by value, in two phases (OAuth 2.1 section 4.1.1)."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from mcpbase.seal import Seal
from mcpserver.accounts.models import Session
from mcpserver.oauth.authorize.decision import Decider, Lifetimes, approve
from mcpserver.oauth.authorize.prior_consent import with_standing
from mcpserver.oauth.authorize.request import AuthorizationRequest, Target, prove_target, require_request
from mcpserver.oauth.clients.authentication import Clients
from mcpserver.oauth.protocol.errors import AccessDenied, PageError, UnauthorizedClient
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.oauth.protocol.parameters import Parameters
from mcpserver.oauth.protocol.resources import Resources
from mcpserver.oauth.protocol.scopes import Scope, ScopeCatalog
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

ISSUER = "https://server.example"
RESOURCE = f"{ISSUER}/mcp"
SCOPES = ScopeCatalog((Scope("profile", "See your name"), Scope("notes:read", "Read your notes")))
CLIENT = Client("asker", "Asker", ("https://c.example/cb?kept=1",), ClientKind.OPERATOR, 1)
ASKED = {
    "client_id": "asker",
    "response_type": "code",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
    "state": "xyz",
}


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("sqlite://")
    await store.add_client(CLIENT)
    yield store
    await store.close()


def request(client: Client = CLIENT, **changes: str) -> AuthorizationRequest:
    target = Target(client, client.redirect_uris[0], "xyz", ISSUER)
    return require_request(target, Parameters({**ASKED, **changes}.items()), Resources(RESOURCE, SCOPES, {}))


async def test_only_redirect_uri_may_be_left_out_and_keeps_its_query(store: Store) -> None:
    """OAuth 2.1 sections 2.3.2 and 4.1.2: the answer is added to the query that is there."""
    target = await prove_target(Clients(store, None), Parameters(ASKED.items()), issuer=ISSUER)
    assert parse_qs(urlsplit(target.answer(code="a b&c").location).query) == {
        "kept": ["1"],
        "code": ["a b&c"],
        "state": ["xyz"],
        "iss": [ISSUER],
    }


async def test_failure_of_phase_one_is_a_page(store: Store) -> None:
    """OAuth 2.1 section 4.1.2.1: the type is the proof that nobody is redirected."""
    for wrong in ({"client_id": "nobody"}, {"client_id": ""}, {"redirect_uri": "https://evil.example/cb"}):
        with pytest.raises(PageError):
            await prove_target(Clients(store, None), Parameters({**ASKED, **wrong}.items()), issuer=ISSUER)


def test_client_without_the_grant_type_is_unauthorized() -> None:
    """OAuth 2.1 section 4.1.2.1."""
    machine = Client("machine", "Machine", CLIENT.redirect_uris, ClientKind.OPERATOR, 1, grant_types=("refresh_token",))
    with pytest.raises(UnauthorizedClient):
        request(machine)


def test_request_that_names_little_gets_the_only_resource_and_the_default_scope() -> None:
    """RFC 8707 section 2 and OAuth 2.1 section 1.4.1: the server may have defaults."""
    asked = request()
    assert (asked.resource, asked.scope) == (RESOURCE, "profile notes:read")


def test_description_is_safe_to_send() -> None:
    """OAuth 2.1 section 4.1.2.1: printable ASCII without quotes and backslashes."""
    answer = request().target.refusal(AccessDenied('Zoë said "no" \\ \n'))
    assert parse_qs(urlsplit(answer.location).query)["error_description"] == ["Zo? said ?no? ? ?"]


def decider(store: Store, sources: Sources) -> Decider:
    return Decider(store, Seal(bytes(32)), sources, Lifetimes(60, 3600))


def session(user_id: str) -> Session:
    return Session(bytes(32), user_id, 1, 10**10, "session")


@pytest.mark.parametrize("allowed", [set(), {"offline_access"}, {"notes:write", "admin"}])
async def test_nothing_allowed_is_a_denial(store: Store, sources: Sources, allowed: set[str]) -> None:
    """OAuth 2.1 section 4.1.2.1: what was not asked for cannot be allowed."""
    answer = await approve(decider(store, sources), request(), allowed, session=session("ada"))
    assert answer.parameters["error"] == "access_denied"


async def test_person_who_is_gone_at_the_moment_of_approval_gives_nothing(store: Store, sources: Sources) -> None:
    """Grant and code are kept together, or neither: here the account was removed while the person decided."""
    with pytest.raises(AccessDenied, match="no longer active"):
        await approve(decider(store, sources), request(), {"profile"}, session=session("removed"))


def test_step_up_keeps_nothing_that_is_closed_to_the_client_by_now() -> None:
    """MCP 2026-07-28, authorization, step-up; what the operator allows a client stands above what a person does."""
    narrow = Client("asker", "Asker", CLIENT.redirect_uris, ClientKind.OPERATOR, 1, scope="notes:*")
    assert with_standing(request(narrow, scope="notes:read"), ["profile removed"], SCOPES).scope == "notes:read"
    assert with_standing(request(scope="notes:read"), ["profile removed"], SCOPES).scope == "profile notes:read"
