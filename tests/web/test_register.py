"""Dynamic client registration (RFC 7591)."""

import pytest

from mcpserver.secrets import SecretKind, digest

from ..asker import REDIRECT_URI, Asker


async def test_registration_answers_with_all_that_was_registered(visitor: Asker) -> None:
    """RFC 7591 section 3.2.1."""
    document = {
        "client_uri": "https://c.example",
        "logo_uri": "https://c.example/logo.png",
        "software_id": "s",
        "software_version": "1",
    }
    answer = await visitor.register(client_name="  Notes app ", scope="notes:read unknown", unknown="x", **document)
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        **document,
        "scope": "notes:read",
        "client_id": visitor.client_id,
        "client_id_issued_at": visitor.service.sources.now(),
        "client_name": "Notes app",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }


async def test_client_that_names_no_method_gets_a_secret(visitor: Asker) -> None:
    """RFC 7591 section 2: client_secret_basic is what is meant; section 3.2.1 for the expiry, where 0 is never."""
    answer = await visitor.register(token_endpoint_auth_method=None)
    assert answer.json["token_endpoint_auth_method"] == "client_secret_basic"
    assert (len(answer.json["client_secret"]) > 40, answer.json["client_secret_expires_at"]) == (True, 0)


async def test_secret_is_not_kept_as_it_is(visitor: Asker) -> None:
    """OAuth 2.1 section 7.3: a leaked database must not be a list of credentials."""
    await visitor.register(token_endpoint_auth_method="client_secret_post")
    kept = await visitor.service.store.find_client(visitor.client_id)
    assert kept is not None
    assert kept.secret_digest == digest(SecretKind.CLIENT_SECRET, str(visitor.client_secret))
    assert "secret_digest" not in repr(kept)


async def test_client_without_a_name_is_called_so(visitor: Asker) -> None:
    """RFC 7591 section 2: the name is optional; the consent page needs one."""
    for name in (None, "", "   "):
        assert (await visitor.register(client_name=name)).json["client_name"] == "An application without a name"


async def test_address_that_is_named_twice_is_kept_once(visitor: Asker) -> None:
    assert (await visitor.register(redirect_uris=[REDIRECT_URI, REDIRECT_URI])).json["redirect_uris"] == [REDIRECT_URI]


@pytest.mark.parametrize("method", [[], {}, 0, False, "private_key_jwt", ["none"]])
async def test_a_method_that_is_none_of_ours_is_refused(visitor: Asker, method: object) -> None:
    """RFC 7591 section 3.2.2: what is there and wrong is not what is absent."""
    answer = await visitor.register(token_endpoint_auth_method=method)
    assert answer.refusal == (400, "invalid_client_metadata")


async def test_registration_of_any_depth_is_answered_by_a_refusal_or_an_id(visitor: Asker) -> None:
    """D3: one decoder reads deeper than another encoder writes, and between the two must be no fault."""
    key = (
        '"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": '
        '"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"'
    )
    for depth in (10, 500, *range(900, 1001, 4), 2000):
        keys = f'{{"keys": [{{{key}, "zz": {"[" * depth}{"]" * depth}}}]}}'
        body = (
            f'{{"redirect_uris": ["https://c.example/cb"], "token_endpoint_auth_method": "private_key_jwt", '
            f'"client_name": "x", "jwks": {keys}}}'
        )
        answer = await visitor.send("POST", "/register", data=body, headers={"Content-Type": "application/json"})
        assert answer.status == (201 if depth <= 10 else 400), depth
