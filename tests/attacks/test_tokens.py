"""Chapter J of the attack catalogue: forged, borrowed and broken access tokens.

Every vector is sent to both doors that take tokens, the REST API and the MCP endpoint; the answer is 401 invalid_token,
and nothing is fetched on a token's behalf. Each test first shows that the same token, unforged, is let in.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from attrs import define, evolve
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey
from pytest_aiohttp import AiohttpClient

from mcpserver.compose.service import REFRESH_KEYS
from mcpserver.secrets import SecretKind, mint
from mcpserver.settings import Settings

from ..holders import PUBLIC_URL, Installation, base64url, connect, install, signature, signing_input

DOORS = (("GET", "/api/notes"), ("POST", "/mcp"))
MCP_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-11-25",
}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@define
class Forge:
    """Makes tokens as an attacker would, and, with our own key, as a careless issuer would."""

    installation: Installation
    client: TestClient[Request, Application]
    grant_id: str

    @property
    def header(self) -> dict[str, object]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.installation.service.keys.active.kid}

    @property
    def claims(self) -> dict[str, object]:
        now = self.installation.clock.now
        resource = self.installation.service.settings.resource
        return {
            "iss": self.installation.service.settings.issuer,
            "aud": resource,
            "sub": "ada",
            "client_id": "client",
            "scope": "profile notes:read notes:write",
            "grant_id": self.grant_id,
            "jti": "j1",
            "iat": now,
            "exp": now + 600,
        }

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self.private_key.public_key()

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        key = self.installation.service.keys.active.key.private_key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def signed(
        self,
        header: Mapping[str, object] | None = None,
        claims: object = None,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> str:
        """ES256 with our own key unless another is given, whatever the header says."""
        text = signing_input(self.header if header is None else header, self.claims if claims is None else claims)
        return f"{text}.{base64url(signature(key or self.private_key, text))}"

    async def statuses(self, token: str) -> list[int]:
        return [status for status, _ in await self.knock(token)]

    async def knock(self, token: str) -> list[tuple[int, str]]:
        """Status and challenge at each door."""
        answers = []
        for method, path in DOORS:
            headers = {"Authorization": f"Bearer {token}"} | (MCP_HEADERS if method == "POST" else {})
            async with self.client.request(
                method, path, headers=headers, json=PING if method == "POST" else None
            ) as answer:
                answers.append((answer.status, answer.headers.get("WWW-Authenticate", "")))
        return answers

    async def require_refused(self, token: str) -> None:
        for status, challenge in await self.knock(token):
            assert status == 401
            assert challenge.startswith('Bearer error="invalid_token"')


@pytest.fixture
async def forge(aiohttp_client: AiohttpClient) -> Forge:
    installation = await install()
    client = await connect(aiohttp_client, installation)
    return Forge(installation, client, (await installation.grant()).id)


@pytest.fixture
async def attacker() -> AsyncIterator["Listener"]:
    listener = Listener()
    server = await asyncio.start_server(listener.connected, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    yield listener
    server.close()
    await server.wait_closed()


@define
class Listener:
    """A host that waits to be asked for keys."""

    port: int = 0
    connections: int = 0

    def connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


async def test_the_forge_makes_tokens_that_are_let_in(forge: Forge) -> None:
    """Otherwise every refusal below would prove nothing."""
    assert await forge.statuses(forge.signed()) == [200, 200]


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", ""])
async def test_j1_unsigned_token_is_refused(forge: Forge, alg: str) -> None:
    """RFC 8725 section 3.2."""
    unsigned = signing_input(forge.header | {"alg": alg}, forge.claims)
    await forge.require_refused(f"{unsigned}.")
    await forge.require_refused(f"{unsigned}.{forge.signed().rpartition('.')[2]}")


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", ["pem", "der", "jwk", "point"])
async def test_j1_public_key_is_no_shared_secret(forge: Forge, alg: str, form: str) -> None:
    """RFC 8725 section 2.1: a signature made with the public key as HMAC secret."""
    public = forge.public_key
    secret = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(forge.installation.service.keys.public_jwks()["keys"]).encode(),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    }[form]
    text = signing_input(forge.header | {"alg": alg}, forge.claims)
    mac = hmac.new(secret, text.encode(), getattr(hashlib, f"sha{alg[2:]}")).digest()
    await forge.require_refused(f"{text}.{base64url(mac)}")


@pytest.mark.parametrize("alg", ["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "es256", 256, None, ["ES256"]])
async def test_j1_another_algorithm_is_refused_even_over_our_signature(forge: Forge, alg: object) -> None:
    """RFC 8725 section 3.1: the verifier chooses the algorithm, not the token."""
    await forge.require_refused(forge.signed(forge.header | {"alg": alg}))


@pytest.mark.parametrize("named", ["our kid", "no kid", "their kid"])
async def test_j2_key_that_the_token_brings_along_is_not_used(forge: Forge, named: str) -> None:
    """RFC 8725 section 3.10, RFC 7515 section 4.1.3."""
    theirs = ec.generate_private_key(ec.SECP256R1())
    jwk = ECKey.import_key(theirs).as_dict(private=False)
    header = forge.header | {"jwk": jwk}
    if named == "no kid":
        del header["kid"]
    elif named == "their kid":
        header["kid"] = "theirs"
    await forge.require_refused(forge.signed(header, key=theirs))


@pytest.mark.parametrize("member", ["jku", "x5u"])
async def test_j2_address_in_the_header_is_never_fetched(forge: Forge, attacker: Listener, member: str) -> None:
    """RFC 8725 section 3.10: no server-side request forgery by token."""
    header = forge.header | {member: f"http://127.0.0.1:{attacker.port}/keys"}
    await forge.require_refused(forge.signed(header, key=ec.generate_private_key(ec.SECP256R1())))
    await forge.require_refused(forge.signed(header | {"kid": "theirs"}))
    assert attacker.connections == 0


@pytest.mark.parametrize(
    "member",
    [
        {"x5c": ["MIIB"]},
        {"x5t": "AAAA"},
        {"x5t#S256": "AAAA"},
        {"jwk": {}},
        {"jku": "https://e.example/"},
        {"cty": "JWT"},
    ],
)
async def test_j2_header_members_that_ours_never_have_are_refused(forge: Forge, member: dict[str, object]) -> None:
    await forge.require_refused(forge.signed(forge.header | member))


@pytest.mark.parametrize(
    "members",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"crit": "exp"},
        {"crit": ["urn:unknown"], "urn:unknown": True},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
async def test_j3_critical_extension_that_we_do_not_know_is_refused(forge: Forge, members: dict[str, object]) -> None:
    """RFC 7515 section 4.1.11, RFC 7797 section 6."""
    await forge.require_refused(forge.signed(forge.header | members))


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "' OR '1'='1",
        "\0",
        "",
        "unknown",
        "x" * 4000,
        None,
        1,
        True,
        [],
        ["unknown"],
        {},
        {"$ne": ""},
        "https://e.example/key",
    ],
)
async def test_j4_strange_key_id_finds_no_key(forge: Forge, kid: object) -> None:
    """RFC 8725 section 3.10: the key id is only ever compared."""
    await forge.require_refused(forge.signed(forge.header | {"kid": kid}))


async def test_j4_array_that_holds_our_key_id_finds_no_key(forge: Forge) -> None:
    await forge.require_refused(forge.signed(forge.header | {"kid": [forge.header["kid"]]}))


@pytest.mark.parametrize("missing", ["kid", "typ", "alg"])
async def test_j4_incomplete_header_is_refused(forge: Forge, missing: str) -> None:
    await forge.require_refused(forge.signed({name: value for name, value in forge.header.items() if name != missing}))


@pytest.mark.parametrize(
    "typ", ["JWT", "jwt", "id_token+jwt", "logout+jwt", "dpop+jwt", "at+jwt ", "", None, ["at+jwt"]]
)
async def test_j5_token_of_another_type_is_refused(forge: Forge, typ: object) -> None:
    """RFC 9068 section 4, RFC 8725 section 3.11: an ID token is no access token."""
    await forge.require_refused(forge.signed(forge.header | {"typ": typ}))


@pytest.mark.parametrize("kind", list(SecretKind))
async def test_j5_code_refresh_token_or_other_secret_is_no_access_token(forge: Forge, kind: SecretKind) -> None:
    await forge.require_refused(mint(kind, forge.installation.service.sources))


@pytest.mark.parametrize(
    "issuer",
    [
        "{}/",
        "{}/mcp",
        "{}.evil.example",
        "http://127.0.0.1:800",
        "HTTP://127.0.0.1:8000",
        "https://127.0.0.1:8000",
        "http://localhost:8000",
        "",
        None,
        ["{}"],
        1,
    ],
)
async def test_j6_issuer_that_only_looks_like_ours_is_refused(forge: Forge, issuer: object) -> None:
    """RFC 9068 section 4: the issuer matches exactly."""
    ours = forge.installation.service.settings.issuer
    lookalike = issuer.format(ours) if isinstance(issuer, str) else [ours] if isinstance(issuer, list) else issuer
    await forge.require_refused(forge.signed(claims=forge.claims | {"iss": lookalike}))


@pytest.mark.parametrize(
    "audience",
    [
        "{}/",
        "{}x",
        "{}?",
        "{}#",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/mc",
        "/mcp",
        "*",
        "",
        None,
        [],
        {},
        "client",
    ],
)
async def test_j6_audience_that_only_looks_like_ours_is_refused(forge: Forge, audience: object) -> None:
    """RFC 9068 section 4, RFC 8707 section 2: the audience matches exactly."""
    lookalike = audience.format(forge.installation.service.settings.resource) if isinstance(audience, str) else audience
    await forge.require_refused(forge.signed(claims=forge.claims | {"aud": lookalike}))


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "sub", "client_id", "grant_id", "jti", "scope"])
async def test_j6_token_without_one_of_its_claims_is_refused(forge: Forge, missing: str) -> None:
    """RFC 9068 section 2.2."""
    await forge.require_refused(
        forge.signed(claims={name: value for name, value in forge.claims.items() if name != missing})
    )


@pytest.mark.parametrize(
    "exp",
    [
        "1900000000",
        1e308,
        float("inf"),
        float("nan"),
        -1,
        0,
        True,
        None,
        [1_900_000_000],
        2**64,
        10**400,
        1_900_000_000.5,
    ],
)
async def test_j7_expiry_that_is_no_plain_instant_is_refused(forge: Forge, exp: object) -> None:
    """RFC 7519 section 4.1.4."""
    await forge.require_refused(forge.signed(claims=forge.claims | {"exp": exp}))


async def test_j7_token_ends_in_the_second_that_it_names(forge: Forge) -> None:
    """RFC 7519 section 4.1.4: not on or after."""
    token = forge.signed()
    forge.installation.clock.now += 599
    assert await forge.statuses(token) == [200, 200]
    forge.installation.clock.now += 1
    await forge.require_refused(token)


@pytest.mark.parametrize("name", ["nbf", "iat"])
async def test_j7_token_from_the_future_is_refused_beyond_the_skew_of_clocks(forge: Forge, name: str) -> None:
    """RFC 7519 section 4.1.5."""
    now = forge.installation.clock.now
    await forge.require_refused(forge.signed(claims=forge.claims | {name: now + 120}))
    await forge.require_refused(forge.signed(claims=forge.claims | {name: "soon"}))
    assert await forge.statuses(forge.signed(claims=forge.claims | {name: now + 5})) == [200, 200]


async def test_j8_token_over_eight_kilobytes_is_refused(forge: Forge) -> None:
    await forge.require_refused(forge.signed(claims=forge.claims | {"padding": "x" * 8192}))


async def test_j8_encrypted_token_is_refused(forge: Forge) -> None:
    """RFC 7516 section 7.1: five parts; sealed with our own secret, too."""
    sealed = forge.installation.service.seal.seal(json.dumps(forge.claims).encode(), purpose="access-token")
    assert sealed.count(".") == 4
    await forge.require_refused(sealed)
    await forge.require_refused(forge.signed() + "..")


async def test_j8_json_serialization_is_refused(forge: Forge) -> None:
    """RFC 7515 section 7.2 is not for bearer tokens."""
    protected, payload, signed = forge.signed().split(".")
    flattened = json.dumps({"protected": protected, "payload": payload, "signature": signed}, separators=(",", ":"))
    await forge.require_refused(flattened)
    await forge.require_refused(base64url(flattened.encode()))


@pytest.mark.parametrize("spoil", ["{}=", "{}==", "={}", "{}.", ".{}", "{}\u00e9", "{},", "{}%3D", "{} {}"])
async def test_j8_token_with_something_added_is_refused(forge: Forge, spoil: str) -> None:
    """RFC 7515 section 2: base64url without padding, line breaks or anything else."""
    token = forge.signed()
    await forge.require_refused(spoil.format(token, token))


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_j8_token_in_ordinary_or_padded_base64_is_refused(forge: Forge, part: int) -> None:
    parts = forge.signed(claims=forge.claims | {"padding": "\u00ff\u00fe?>~" * 3}).split(".")
    raw = base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))
    await forge.require_refused(".".join([*parts[:part], parts[part] + "=", *parts[part + 1 :]]))
    await forge.require_refused(
        ".".join([*parts[:part], "+/" + base64.b64encode(raw).decode().rstrip("="), *parts[part + 1 :]])
    )


async def test_j8_signature_has_one_spelling(forge: Forge) -> None:
    """RFC 4648 section 3.5: the unused bits of the last character are zero; else one token would have sixteen
    spellings.
    """
    token = forge.signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert base64.urlsafe_b64decode(other.rpartition(".")[2] + "==") == base64.urlsafe_b64decode(
        token.rpartition(".")[2] + "=="
    )
    await forge.require_refused(other)


@pytest.mark.parametrize("claims", [[], "text", 1, None, [{}]])
async def test_j8_payload_that_is_no_object_is_refused(forge: Forge, claims: object) -> None:
    """RFC 7519 section 7.2, step 10."""
    text = signing_input(forge.header, claims)
    await forge.require_refused(f"{text}.{base64url(signature(forge.private_key, text))}")


async def test_j8_deeply_nested_payload_is_refused(forge: Forge) -> None:
    nested: object = []
    for _ in range(900):
        nested = [nested]
    await forge.require_refused(forge.signed(claims=nested))


async def test_j9_token_signed_with_a_key_that_is_not_ours_is_refused(forge: Forge) -> None:
    await forge.require_refused(forge.signed(key=ec.generate_private_key(ec.SECP256R1())))
    await forge.require_refused(forge.signed(forge.header | {"kid": "removed"}))


async def test_j9_retired_key_verifies_what_it_signed_and_then_no_more(forge: Forge) -> None:
    """RFC 7517: rotation breaks no token that is under way."""
    before = forge.signed()
    long_lived = forge.signed(claims=forge.claims | {"exp": forge.installation.clock.now + 10 * 86400})
    await forge.installation.service.keys.rotate()
    assert await forge.statuses(before) == [200, 200]
    assert await forge.statuses(forge.signed()) == [200, 200]
    forge.installation.clock.now += forge.installation.service.settings.access_token_lifetime + REFRESH_KEYS
    await forge.require_refused(before)
    await forge.require_refused(long_lived)


async def test_j9_published_keys_have_no_private_members(forge: Forge) -> None:
    """RFC 7517 section 9.2."""
    await forge.installation.service.keys.rotate()
    async with forge.client.get("/jwks") as answer:
        keys = (await answer.json())["keys"]
    assert len(keys) == 2
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256"])
async def test_j9_new_algorithm_signs_after_a_start_and_the_old_key_still_verifies(
    aiohttp_client: AiohttpClient, tmp_path: Path, algorithm: str
) -> None:
    """RFC 8725 section 3.1: each key is used with its own algorithm, whatever the setting says by now."""
    settings = Settings(public_url=PUBLIC_URL, database=f"sqlite:///{tmp_path}/notes.db")
    first = await install(settings)
    before = Forge(first, await connect(aiohttp_client, first), (await first.grant()).id)
    old = before.signed()
    assert await before.statuses(old) == [200, 200]
    second = await install(evolve(settings, signing_algorithm=algorithm))
    after = Forge(second, await connect(aiohttp_client, second), before.grant_id)
    signer = second.service.keys.active
    assert signer.algorithm == algorithm
    new = signer.sign(after.claims, type_="at+jwt")
    assert await after.statuses(old) == [200, 200]
    assert await after.statuses(new) == [200, 200]
    text = signing_input({"alg": algorithm, "typ": "at+jwt", "kid": before.header["kid"]}, after.claims)
    await after.require_refused(f"{text}.{base64url(signature(before.private_key, text))}")
