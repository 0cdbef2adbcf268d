"""The resource server over a real store, real keys and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from attrs import define

from mcpbase.seal import Seal
from mcpserver.accounts.models import Account
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.protocol.errors import BearerError
from mcpserver.oauth.protocol.models import AuthorizationCode, Client, ClientKind, Grant
from mcpserver.oauth.protocol.scopes import Scope, ScopeCatalog
from mcpserver.oauth.resource.local_verifier import OwnTokens
from mcpserver.oauth.resource.server import STALE_AFTER, ResourceServer
from mcpserver.oauth.tokens.access_token import AccessTokens
from mcpserver.principal import User
from mcpserver.store import Store, open_store

from ..clock import Clock

ISSUER = "https://server.example"
METADATA = ISSUER + "/.well-known/oauth-protected-resource/mcp"
SCOPES = ScopeCatalog(
    (Scope("profile", "See your name"), Scope("notes:read", "Read"), Scope("notes:write", "Write", default=False))
)


class Reads:
    """The store, counting what is read of it and pausing a read where a test wants something to happen first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0
        self.after_grant: Callable[[], object] = lambda: None

    async def find_grant(self, grant_id: str) -> Grant | None:
        self.count += 1
        grant = await self.store.find_grant(grant_id)
        result = self.after_grant()
        if asyncio.iscoroutine(result):
            await result
        return grant

    async def find_account(self, user_id: str) -> Account | None:
        self.count += 1
        return await self.store.find_account(user_id)

    async def find_client(self, client_id: str) -> Client | None:
        self.count += 1
        return await self.store.find_client(client_id)

    async def revocations_since(self, position: int) -> list[tuple[int, str]]:
        return await self.store.revocations_since(position)


@define
class World:
    """One person, one client, one installation."""

    clock: Clock
    store: Store
    reads: Reads
    tokens: AccessTokens
    server: ResourceServer

    async def token(self, grant_id: str = "g1", scope: str = "profile notes:read") -> str:
        grant = Grant(grant_id, "u1", "c1", scope, ISSUER + "/mcp", self.clock.now, self.clock.now + 86400)
        code = AuthorizationCode(grant_id.encode(), grant_id, "https://c.example/cb", "challenge", self.clock.now + 60)
        await self.store.add_grant(grant, code)
        return self.tokens.issue(grant)

    def another_process(self) -> ResourceServer:
        return resource_server(self.tokens, self.reads, self.clock)


def resource_server(tokens: AccessTokens, reads: Reads, clock: Clock) -> ResourceServer:
    return ResourceServer(
        OwnTokens(tokens, reads, clock.sources().monotonic),
        scopes=SCOPES,
        resource_metadata_url=METADATA,
        sources=clock.sources(),
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock, store = Clock(), await open_store("sqlite://")
    sources = clock.sources()
    await store.add_account(Account("u1", "ada", "Ada Lovelace", clock.now, "no password", email="ada@example.com"))
    await store.add_client(Client("c1", "Client", ("https://c.example/cb",), ClientKind.SELF_REGISTERED, clock.now))
    ring = await KeyRing.load(store, Seal(bytes(32)), sources, KeyRules(overlap=3600))
    tokens, reads = (
        AccessTokens(ring, issuer=ISSUER, resource=ISSUER + "/mcp", lifetime=3600, sources=sources),
        Reads(store),
    )
    yield World(clock, store, reads, tokens, resource_server(tokens, reads, clock))
    await store.close()


async def refusal(server: ResourceServer, *authorization: str, query: tuple[str, ...] = ()) -> BearerError:
    with pytest.raises(BearerError) as caught:
        await server.authenticate(authorization, query)
    return caught.value


async def test_the_bearer_of_a_token_is_the_person_who_granted_it(world: World) -> None:
    """RFC 9068 section 4."""
    user = await world.server.authenticate([f"Bearer {await world.token()}"], ())
    assert user == User(
        "u1", "ada", "Ada Lovelace", "ada@example.com", frozenset({"profile", "notes:read"}), "c1", "g1"
    )


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_compared_without_regard_to_case_or_spaces(world: World, scheme: str) -> None:
    """RFC 9110 section 11.1."""
    assert (await world.server.authenticate([f"{scheme} {await world.token()}"], ())).id == "u1"


@pytest.mark.parametrize(
    "authorization", [(), ("",), ("Basic YWRhOmFkYQ==",), ("Bearer",), ("Bearer ",), ("Bearerish abc",)]
)
async def test_who_shows_no_token_is_told_where_to_get_one_and_nothing_else(
    world: World, authorization: tuple[str, ...]
) -> None:
    """RFC 6750 section 3.1, RFC 9728 section 5.1."""
    error = await refusal(world.server, *authorization)
    assert (error.status, error.code) == (401, None)
    assert error.www_authenticate == f'Bearer resource_metadata="{METADATA}", scope="profile notes:read"'


async def test_a_token_in_the_query_counts_as_absent(world: World) -> None:
    """OAuth 2.1 section 5.1: query parameters carry no tokens."""
    error = await refusal(world.server, query=("access_token",))
    assert (error.status, error.code) == (401, None)


async def test_a_token_in_header_and_query_is_a_malformed_request(world: World) -> None:
    """RFC 6750 section 3.1."""
    error = await refusal(world.server, f"Bearer {await world.token()}", query=("access_token",))
    assert (error.status, error.code) == (400, "invalid_request")


async def test_two_authorization_headers_are_a_malformed_request(world: World) -> None:
    token = await world.token()
    error = await refusal(world.server, f"Bearer {token}", f"Bearer {token}")
    assert (error.status, error.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    "token", ["abc", "a.b.c", "a b", "ü", "\udcff", '{"payload": ""}', "=", "a" * 100_000, "Bearer x"]
)
async def test_what_is_no_token_of_ours_is_an_invalid_token(world: World, token: str) -> None:
    """RFC 6750 section 3.1."""
    error = await refusal(world.server, f"Bearer {token}")
    assert (error.status, error.code) == (401, "invalid_token")
    assert error.www_authenticate.startswith('Bearer error="invalid_token", error_description="')
    assert error.www_authenticate.endswith(f'resource_metadata="{METADATA}", scope="profile notes:read"')


async def test_a_known_token_costs_no_read(world: World) -> None:
    token = await world.token()
    await world.server.authenticate([f"Bearer {token}"], ())
    read = world.reads.count
    for _ in range(10):
        await world.server.authenticate([f"Bearer {token}"], ())
    assert (read, world.reads.count) == (2, 2)


async def test_a_known_token_ends_when_it_expires(world: World) -> None:
    """RFC 7519 section 4.1.4: on or after the expiration time it must not be accepted."""
    header = f"Bearer {await world.token()}"
    await world.server.authenticate([header], ())
    world.clock.now += 3599
    await world.server.authenticate([header], ())
    world.clock.now += 1
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_a_revoked_grant_ends_its_known_tokens_at_once_in_the_process_that_revokes(world: World) -> None:
    """RFC 7009 section 2: the revocation takes place immediately."""
    header = f"Bearer {await world.token()}"
    await world.server.authenticate([header], ())
    await world.store.revoke_grant("g1", now=world.clock.now)
    world.server.forget("g1")
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_a_revoked_grant_ends_its_known_tokens_in_other_processes_with_their_next_poll(world: World) -> None:
    header, other = f"Bearer {await world.token()}", world.another_process()
    await other.authenticate([header], ())
    await world.store.revoke_grant("g1", now=world.clock.now)
    await other.poll_revocations()
    assert (await refusal(other, header)).code == "invalid_token"


async def test_polling_ends_no_other_grant(world: World) -> None:
    kept, other = f"Bearer {await world.token('g2')}", world.another_process()
    await world.token("g1")
    await other.authenticate([kept], ())
    await world.store.revoke_grant("g1", now=world.clock.now)
    await other.poll_revocations()
    read = world.reads.count
    await other.authenticate([kept], ())
    assert world.reads.count == read


async def test_a_revocation_between_the_read_and_the_remembering_is_not_missed(world: World) -> None:
    """The grant was read while it lived; whoever remembers that now would let the token pass until it expires."""
    header = f"Bearer {await world.token()}"

    async def revoke() -> None:
        world.reads.after_grant = lambda: None
        await world.store.revoke_grant("g1", now=world.clock.now)
        world.server.forget("g1")

    world.reads.after_grant = revoke
    await world.server.authenticate([header], ())
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_a_revocation_elsewhere_that_is_polled_between_the_read_and_the_remembering_is_not_missed(
    world: World,
) -> None:
    header, other = f"Bearer {await world.token()}", world.another_process()

    async def revoke() -> None:
        world.reads.after_grant = lambda: None
        await world.store.revoke_grant("g1", now=world.clock.now)
        await other.poll_revocations()

    world.reads.after_grant = revoke
    await other.authenticate([header], ())
    assert (await refusal(other, header)).code == "invalid_token"


@pytest.mark.parametrize("end", ["disable_account", "remove_account"])
async def test_a_person_who_is_disabled_or_gone_has_no_live_token(world: World, end: str) -> None:
    """OWASP ASVS 5, 7.4.2."""
    header, other = f"Bearer {await world.token()}", world.another_process()
    await other.authenticate([header], ())
    await getattr(world.store, end)("u1", now=world.clock.now)
    await other.poll_revocations()
    assert (await refusal(other, header)).code == "invalid_token"
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_enabling_a_person_again_does_not_revive_their_tokens(world: World) -> None:
    header = f"Bearer {await world.token()}"
    await world.store.disable_account("u1", now=world.clock.now)
    await world.store.enable_account("u1")
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_a_token_whose_person_was_disabled_without_a_revocation_is_refused(world: World) -> None:
    """The account is checked for itself, not only through the grant."""
    header = f"Bearer {await world.token()}"

    async def disable() -> None:
        await world.store.disable_account("u1", now=world.clock.now)

    world.reads.after_grant = disable
    assert (await refusal(world.server, header)).code == "invalid_token"


async def test_a_token_without_a_grant_is_refused(world: World) -> None:
    token = world.tokens.issue(
        Grant("never kept", "u1", "c1", "profile", ISSUER + "/mcp", world.clock.now, world.clock.now)
    )
    assert (await refusal(world.server, f"Bearer {token}")).code == "invalid_token"


async def test_a_missing_scope_is_answered_with_all_that_is_needed_and_all_that_was_granted(world: World) -> None:
    """MCP 2026-07-28, authorization, scope challenge handling: every scope of the operation in one challenge."""
    user = await world.server.authenticate([f"Bearer {await world.token(scope='notes:read offline_access')}"], ())
    with pytest.raises(BearerError) as caught:
        world.server.require_scope(user, "notes:write profile")
    assert (caught.value.status, caught.value.code) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in caught.value.www_authenticate
    assert caught.value.www_authenticate.endswith(
        f'resource_metadata="{METADATA}", scope="profile notes:read notes:write"'
    )
    assert "profile notes:write" in caught.value.description


async def test_a_granted_scope_is_enough(world: World) -> None:
    user = await world.server.authenticate([f"Bearer {await world.token()}"], ())
    world.server.require_scope(user, "notes:read profile")
    world.server.require_scope(user, "")


async def test_many_requests_with_one_new_token_all_pass(world: World) -> None:
    header = f"Bearer {await world.token()}"
    users = await asyncio.gather(*(world.server.authenticate([header], ()) for _ in range(64)))
    assert len(set(users)) == 1


async def test_known_token_is_known_no_more_while_nothing_is_heard_of_revocations(world: World) -> None:
    """RFC 7009 section 2: what was revoked elsewhere must not pass for the hour that its token lives, because the
    polls fail; it is looked up instead.
    """
    header, other = f"Bearer {await world.token()}", world.another_process()
    await other.authenticate([header], ())
    await other.poll_revocations()
    await world.store.revoke_grant("g1", now=world.clock.now)
    world.clock.now += STALE_AFTER
    await other.authenticate([header], ())
    world.clock.now += 1
    assert (await refusal(other, header)).code == "invalid_token"


async def test_memory_comes_back_with_the_next_word(world: World) -> None:
    header, other = f"Bearer {await world.token()}", world.another_process()
    await other.poll_revocations()
    await other.authenticate([header], ())
    world.clock.now += STALE_AFTER + 1
    for reads in (4, 6):
        await other.authenticate([header], ())
        assert world.reads.count == reads
    await other.poll_revocations()
    await other.authenticate([header], ())
    assert world.reads.count == 6


async def test_who_never_asks_for_revocations_forgets_nothing(world: World) -> None:
    """Tokens of somebody else's server, of whose revocations nobody tells."""
    header = f"Bearer {await world.token()}"
    await world.server.authenticate([header], ())
    world.clock.now += STALE_AFTER + 1
    await world.server.authenticate([header], ())
    assert world.reads.count == 2


async def test_every_token_is_looked_at_anew_when_told_to(world: World) -> None:
    header = f"Bearer {await world.token()}"
    await world.server.authenticate([header], ())
    world.server.forget_all()
    await world.server.authenticate([header], ())
    assert world.reads.count == 4
