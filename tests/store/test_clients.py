"""Clients at rest (RFC 7591)."""

from attrs import evolve

from mcpserver.oauth.protocol.models import ClientKind
from mcpserver.store import Store

from .samples import NOW, account, announced, client, grant, keep_grant


async def test_client_comes_back_as_it_was_kept(store: Store) -> None:
    """RFC 7591 section 3.2.1: the registered metadata is returned, so every member must survive."""
    full = evolve(
        client(),
        kind=ClientKind.OPERATOR,
        auth_method="client_secret_basic",
        secret_digest=bytes(range(32)),
        redirect_uris=("https://a.example/cb", "cursor://callback"),
        grant_types=("authorization_code",),
        scope="notes:read profile",
        metadata={"client_uri": "https://a.example/", "contacts": ["\N{SNOWMAN}"], "x": {"y": None}},
    )
    assert await store.add_client(full) == full
    assert await store.find_client(full.id) == full


async def test_id_that_is_taken_yields_the_client_kept_first(store: Store) -> None:
    first = await store.add_client(client(name="first"))
    assert await store.add_client(client(name="second")) == first
    assert await store.list_clients() == [first]


async def test_client_whose_id_contains_its_registration_is_stored_with_its_first_grant(store: Store) -> None:
    """RFC 7591; what the operator said of it since stays, and it may come back after it was removed."""
    described = client("client.registration.mac")
    await store.add_account(account())
    assert not await store.add_grant(grant(client_id=described.id, user_id="nobody"), client=described)
    assert await store.list_clients() == []
    assert await store.add_grant(grant(client_id=described.id), client=described)
    assert await store.find_client(described.id) == described
    await store.vouch_for_client(described.id, vouched=True)
    assert await store.add_grant(grant("second", client_id=described.id), client=described)
    assert await store.list_clients() == [evolve(described, kind=ClientKind.OPERATOR)]
    for number in range(2):
        assert await store.remove_client(described.id, now=NOW)
        assert await store.list_clients() == []
        assert await store.find_grant("second") is None
        assert await store.add_grant(grant(f"again {number}", client_id=described.id), client=described)


async def test_unknown_client_is_none(store: Store) -> None:
    assert await store.find_client("nobody") is None


async def test_client_id_that_no_database_can_hold_is_unknown(store: Store) -> None:
    """Lone surrogates and NUL reach a lookup from percent-encoded and JSON input."""
    assert await store.find_client("\ud800") is None
    assert await store.find_client("edi\0tor") is None


async def test_clients_are_listed_oldest_first(store: Store) -> None:
    for client_id, created_at in (("b", NOW + 1), ("c", NOW), ("a", NOW + 1)):
        await store.add_client(evolve(client(client_id), created_at=created_at))
    assert [kept.id for kept in await store.list_clients()] == ["c", "a", "b"]


async def test_removed_client_takes_its_grants_along_and_says_so(store: Store) -> None:
    await keep_grant(store)
    await keep_grant(store, "other", client_id="other client")
    assert await store.remove_client("editor", now=NOW)
    assert await store.find_client("editor") is None
    assert await store.find_grant("grant") is None
    assert await store.find_grant("other") is not None
    assert await announced(store) == ["grant", "editor"]


async def test_removing_an_unknown_client_changes_nothing(store: Store) -> None:
    assert not await store.remove_client("nobody", now=NOW)
