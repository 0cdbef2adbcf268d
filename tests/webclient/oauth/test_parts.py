"""Client authentication, keys, scopes, registration choices and redirect, by value."""

import asyncio
import base64
import hashlib
import json
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import import_key

from webclient.errors import Challenge
from webclient.oauth.authorization import challenge_for
from webclient.oauth.client_authentication import ASSERTION, auth_method, authenticated
from webclient.oauth.grants import ID_JAG, ID_TOKEN, id_jag
from webclient.oauth.metadata import covers
from webclient.oauth.protocol import (
    AuthorizationServerMetadata,
    Backing,
    Credentials,
    ProtectedResourceMetadata,
    Tokens,
)
from webclient.oauth.registration import method_to_register
from webclient.oauth.scopes import first_scopes, union, with_refresh
from webclient.oauth.signing import SEED, UnusableKey, new_key, public, read_key, sign
from webclient.program.loopback import listening
from webclient.sources import Sources

SOURCES = Sources(now=lambda: 1_000.0)
ISSUER = "https://as.example"


def server(**said: object) -> AuthorizationServerMetadata:
    return AuthorizationServerMetadata(ISSUER, ISSUER + "/token", **said)  # type: ignore[arg-type]


def test_pkce_challenge_is_that_of_the_rfc() -> None:
    """RFC 7636 appendix B."""
    assert challenge_for("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("offered", "credentials", "forced", "chosen"),
    [
        (None, Credentials("c"), "", "none"),
        (None, Credentials("c", "s"), "", "client_secret_basic"),
        (("client_secret_post",), Credentials("c", "s"), "", "client_secret_post"),
        (("client_secret_post", "client_secret_basic"), Credentials("c", "s"), "", "client_secret_basic"),
        (("client_secret_basic",), Credentials("c", "s"), "client_secret_post", "client_secret_post"),
        (("client_secret_basic",), Credentials("c", key={"kty": "EC"}), "", "private_key_jwt"),
    ],
)
def test_method_fits_the_credentials_and_the_server(
    offered: tuple[str, ...] | None, credentials: Credentials, forced: str, chosen: str
) -> None:
    """RFC 8414 section 2."""
    assert auth_method(server(auth_methods=offered), credentials, forced) == chosen


@pytest.mark.parametrize(
    ("offered", "forced", "chosen"),
    [
        (None, "", "none"),
        (("client_secret_post", "none"), "", "none"),
        (("private_key_jwt", "client_secret_post"), "", "client_secret_post"),
        (("private_key_jwt",), "", "private_key_jwt"),
        (("tls_client_auth",), "", "client_secret_basic"),
        (("none",), "private_key_jwt", "private_key_jwt"),
    ],
)
def test_method_that_is_registered(offered: tuple[str, ...] | None, forced: str, chosen: str) -> None:
    assert method_to_register(server(auth_methods=offered), forced) == chosen


def test_basic_encodes_both_parts() -> None:
    """RFC 6749 section 2.3.1 and appendix B."""
    headers, form = authenticated(Credentials("a:b c", "s/é+", "client_secret_basic"), {"x": "y"}, ISSUER, SOURCES)
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == "a%3Ab%20c:s%2F%C3%A9%2B"
    assert form == {"x": "y", "client_id": "a:b c"}


@pytest.mark.parametrize(
    ("credentials", "form"),
    [
        (Credentials("c", "s", "client_secret_post"), {"client_id": "c", "client_secret": "s"}),
        (Credentials("c", "s", "none"), {"client_id": "c"}),
        (Credentials("c", None, "client_secret_basic"), {"client_id": "c"}),
        (Credentials(""), {}),
    ],
)
def test_form_carries_what_the_method_says(credentials: Credentials, form: dict[str, str]) -> None:
    """RFC 6749 sections 2.3.1 and 3.2.1: a client without a secret names itself, and a secret goes out only by its
    own method.
    """
    assert authenticated(credentials, {}, ISSUER, SOURCES) == ({}, form)


def test_assertion_is_for_this_server_alone_and_soon_over() -> None:
    """RFC 7523 section 3; the audience is the issuer (draft-ietf-oauth-rfc7523bis)."""
    key = {**new_key(b"\x07" * SEED), "kid": "k"}
    headers, form = authenticated(Credentials("c", method="private_key_jwt", key=key), {}, ISSUER, SOURCES)
    token = jwt.decode(form["client_assertion"], import_key(public(key)), algorithms=["ES256"])
    assert (headers, form["client_assertion_type"], form["client_id"], token.header["kid"]) == ({}, ASSERTION, "c", "k")
    assert {name: token.claims[name] for name in ("iss", "sub", "aud", "iat", "exp")} == {
        "iss": "c",
        "sub": "c",
        "aud": ISSUER,
        "iat": 1000,
        "exp": 1060,
    }
    again = authenticated(Credentials("c", method="private_key_jwt", key=key), {}, ISSUER, SOURCES)[1]
    assert (
        jwt.decode(again["client_assertion"], import_key(public(key)), algorithms=["ES256"]).claims["jti"]
        != token.claims["jti"]
    )


PRIVATE: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("alg", PRIVATE)
@pytest.mark.parametrize("form", ["pem", "jwk"])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_keys_of_every_kind_sign(alg: str, form: str) -> None:
    """RFC 7518 section 3.1, RFC 8037 section 3.1."""
    pem = PRIVATE[alg].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = read_key(pem) if form == "pem" else read_key(json.dumps(read_key(pem)))
    made = sign(key, {}, {"a": 1})
    assert jwt.decode(made, import_key(public(key)), algorithms=[alg]).claims == {"a": 1}
    assert "d" not in public(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
        '{"kty":"oct","k":"AAAA"}',
        '{"kty":"EC"}',
    ],
)
def test_what_cannot_sign_is_refused(text: str) -> None:
    with pytest.raises(UnusableKey, match="not a private key for signing"):
        read_key(text)


def test_public_key_is_not_taken_for_a_private_one() -> None:
    with pytest.raises(UnusableKey):
        read_key(json.dumps(public(new_key(b"\x01" * SEED))))


@pytest.mark.parametrize(
    ("challenged", "supported", "offline", "scopes"),
    [
        ("a b", ("c",), False, ("a", "b")),
        ("", ("c", "d"), False, ("c", "d")),
        ("", None, False, ()),
        ("", None, True, ()),
        ("a", None, True, ("a", "offline_access")),
        ("a offline_access", None, True, ("a", "offline_access")),
    ],
)
def test_scopes_are_chosen_in_order(
    challenged: str, supported: tuple[str, ...] | None, offline: bool, scopes: tuple[str, ...]
) -> None:
    """MCP 2026-07-28, scope selection strategy and refresh tokens."""
    challenge = Challenge("bearer", {"scope": challenged} if challenged else {})
    chosen = first_scopes(challenge, ProtectedResourceMetadata("https://a.example", (ISSUER,), supported))
    assert with_refresh(chosen, server(scopes_supported=("offline_access",) if offline else ())) == scopes


def test_union_keeps_the_order() -> None:
    assert union(("b", "a"), (), ("a", "c")) == ("b", "a", "c")


@pytest.mark.parametrize(
    ("resource", "held"),
    [("https://a.example/mcp", True), ("https://a.example", True), ("https://b.example/mcp", False)],
)
def test_token_belongs_to_its_resource(resource: str, held: bool) -> None:
    assert covers(resource, "https://a.example/mcp") is held


def test_identity_assertion_is_asked_for_one_server() -> None:
    """MCP extension Enterprise-Managed Authorization, token exchange."""
    form = id_jag(Backing(id_token="idt"), ISSUER, "https://a.example/mcp", ("x",))
    assert (form["audience"], form["resource"], form["scope"]) == (ISSUER, "https://a.example/mcp", "x")
    assert (form["requested_token_type"], form["subject_token_type"], form["subject_token"]) == (
        ID_JAG,
        ID_TOKEN,
        "idt",
    )


def test_secrets_stay_out_of_repr() -> None:
    credentials = Credentials("c", "canary", key={"d": "canary"})
    tokens = Tokens(ISSUER, "canary", "canary", None, (), "r", "e", None, credentials, proof_key={"d": "canary"})
    assert "canary" not in repr(tokens) + repr(Backing("canary", id_token="canary", credentials=credentials))


async def get(url: str, **options: object) -> tuple[int, str]:
    async with aiohttp.ClientSession() as browser, browser.get(url, **options) as answer:  # type: ignore[arg-type]
        return answer.status, await answer.text()


async def test_redirect_takes_one_answer_for_one_state() -> None:
    """RFC 6749 section 10.12; OAuth 2.1 section 3.1 for what is said twice; DNS rebinding by the Host header."""
    async with listening() as redirect:
        assert (await get(f"{redirect.uri}?state=s&code=early"))[0] == 403
        answer = redirect.wait("s", 5)
        waiting = asyncio.create_task(answer)
        await asyncio.sleep(0)
        for query, headers in (
            ("state=other&code=1", {}),
            ("code=1", {}),
            ("state=s&state=s", {}),
            ("state=s&code=1", {"Host": "evil.example"}),
        ):
            status, page = await get(f"{redirect.uri}?{query}", headers=headers)
            assert status == 403
            assert "Nothing was changed" in page
        status, page = await get(f"{redirect.uri}?state=s&code=<script>&iss=")
        assert (status, "<script>" in page) == (200, False)
        assert await waiting == {"state": "s", "code": "<script>"}
        assert (await get(f"{redirect.uri}?state=s&code=2"))[0] == 410


async def test_redirect_listens_where_it_did_before_when_it_can() -> None:
    async with listening() as first, listening(first.uri) as second:
        assert second.uri != first.uri
    async with listening(first.uri) as third:
        assert third.uri == first.uri


def test_s256_is_sha_256() -> None:
    """RFC 7636 section 4.2."""
    assert challenge_for("x" * 43) == base64.urlsafe_b64encode(hashlib.sha256(b"x" * 43).digest()).rstrip(b"=").decode()
