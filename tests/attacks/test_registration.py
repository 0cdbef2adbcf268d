"""Chapter D of the attack catalogue: dynamic client registration."""

import json
import socket
import unicodedata

import pytest
from attrs import asdict

from mcpbase import base64url
from mcpbase.seal import Seal
from mcpserver.oauth.clients.stateless import StatelessClients

from ..asker import REDIRECT_URI, Answer, Asker
from ..signer import Signer

INVALID = (400, "invalid_client_metadata")


async def post(asker: Asker, body: bytes | str, content_type: str = "application/json") -> Answer:
    return await asker.send("POST", "/register", data=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize("member", ["sector_identifier_uri", "initiate_login_uri", "backchannel_logout_uri"])
async def test_d1_addresses_to_fetch_are_not_kept(asker: Asker, member: str) -> None:
    """RFC 7591 section 2: unknown members are ignored; nothing here fetches anything."""
    answer = await asker.register(**{member: "http://169.254.169.254/latest"})
    assert answer.status == 201
    assert member not in answer.json


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://keys.example/jwks",
            "https://127.0.0.1/jwks",
            "https://[::1]/jwks",
            "https://[::ffff:10.0.0.1]/jwks",
            "https://169.254.169.254/latest",
        ),
        *(
            "https://2130706433/jwks",
            "https://0x7f.1/jwks",
            "https://localhost/jwks",
            "https://router.local/jwks",
            "https://intranet/jwks",
        ),
        *(
            "https://a:b@keys.example/jwks",
            "https://keys.example:x/jwks",
            "ftp://keys.example/jwks",
            "file:///etc/passwd",
            "",
            7,
            ["https://keys.example"],
        ),
    ],
)
async def test_d1_keys_are_not_where_only_we_could_reach_them(asker: Asker, address: object) -> None:
    """RFC 7591 section 5; whatever a name leads to later, nothing but the public Internet is connected to."""
    answer = await asker.register(token_endpoint_auth_method="private_key_jwt", jwks_uri=address)
    assert answer.refusal == INVALID


async def test_d1_keys_are_fetched_when_they_are_needed_and_not_before(asker: Asker) -> None:
    """RFC 7591 section 2: a name that leads to us is found out by then, and not one connection is made."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        url = f"https://keys.example:{trap.getsockname()[1]}/jwks"
        registered = await asker.register(token_endpoint_auth_method="private_key_jwt", jwks_uri=url)
        assert registered.json["jwks_uri"] == url
        claims = {
            "iss": asker.client_id,
            "sub": asker.client_id,
            "aud": asker.service.settings.issuer,
            "exp": asker.service.sources.now() + 60,
        }
        form = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": Signer().sign(claims),
        }
        answer = await asker.token(grant_type="refresh_token", refresh_token="x", **form)
        assert answer.refusal == (503, "temporarily_unavailable")
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.parametrize(
    "keys",
    [
        {"jwks": {"keys": [Signer().public]}, "jwks_uri": "https://c.example/jwks"},
        {"jwks": {"keys": [Signer().key.as_dict(private=True)]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}},
        {"jwks": {"keys": [7]}},
        {"jwks": {"keys": [Signer().public] * 21}},
        {"jwks": {"keys": []}},
        {"jwks": []},
        {},
    ],
    ids=["twice", "private", "shared", "no point", "no key", "too many", "empty", "no set", "none"],
)
async def test_d2_keys_stand_in_one_place_and_are_public(asker: Asker, keys: dict[str, object]) -> None:
    """RFC 7591 section 2: jwks and jwks_uri must not both be there; RFC 7517 section 9.2: nor anything secret in
    them.
    """
    assert (await asker.register(token_endpoint_auth_method="private_key_jwt", **keys)).refusal == INVALID


async def test_d2_keys_of_a_client_that_does_not_sign_are_not_kept(asker: Asker) -> None:
    assert "jwks" not in (await asker.register(jwks={"keys": [Signer().public]})).json


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"redirect_uris": [f"https://c.example/{number}" for number in range(21)]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://c.example/" + "a" * 2048]}, "invalid_redirect_uri"),
        ({"client_name": "n" * 201}, "invalid_client_metadata"),
        ({"client_uri": "https://c.example/" + "a" * 2048}, "invalid_client_metadata"),
    ],
)
async def test_d3_more_than_anybody_needs_is_refused(asker: Asker, metadata: dict[str, object], code: str) -> None:
    """RFC 7591 section 5."""
    assert (await asker.register(**metadata)).refusal == (400, code)


async def test_d3_huge_body_is_refused_before_it_is_read_to_its_end(asker: Asker) -> None:
    """RFC 9110 section 15.5.14."""
    assert (await post(asker, b"[" + b"1," * 50000)).status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b"\xff",
        b"[" * 30000,
        b'{"a":' * 10000,
        b'{"redirect_uris": 1e400}',
        b'{"client_name": "\\ud800"}',
        b"\xef\xbb\xbf{}",
    ],
)
async def test_d3_what_is_no_json_object_is_refused(asker: Asker, body: bytes) -> None:
    """RFC 7591 section 3.2.2."""
    answer = await post(asker, body)
    assert answer.status == 400
    assert answer.json["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jwt"])
async def test_d3_only_json_is_read(asker: Asker, content_type: str) -> None:
    """RFC 7591 section 3.1."""
    assert (await post(asker, json.dumps({"redirect_uris": [REDIRECT_URI]}), content_type)).refusal == INVALID


@pytest.mark.parametrize(
    "metadata",
    [
        {"redirect_uris": None},
        {"redirect_uris": []},
        {"redirect_uris": REDIRECT_URI},
        {"redirect_uris": [1]},
        {"redirect_uris": [[REDIRECT_URI]]},
        {"redirect_uris": {REDIRECT_URI: 1}},
    ],
)
async def test_d3_redirect_uris_must_be_a_list_of_addresses(asker: Asker, metadata: dict[str, object]) -> None:
    """RFC 7591 section 2."""
    assert (await asker.register(**metadata)).refusal == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "metadata",
    [
        {"client_name": 1},
        {"client_name": ["a"]},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": 5},
        {"policy_uri": "https://c.example/ x"},
        {"grant_types": "authorization_code"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": [None]},
        {"response_types": ["token"]},
        {"response_types": {}},
        {"scope": ["notes:read"]},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": ["none"]},
        {"software_id": {}},
    ],
)
async def test_d3_members_of_another_shape_are_refused(asker: Asker, metadata: dict[str, object]) -> None:
    """RFC 7591 section 3.2.2."""
    assert (await asker.register(**metadata)).refusal == INVALID


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200b", "\u0000", "\n", "\x1b", "\ufeff", "\u2028", "\ue000"]
)
async def test_d4_characters_that_hide_or_turn_text_are_refused_in_names(asker: Asker, character: str) -> None:
    """ASVS 3.2.2; RFC 7591 section 5."""
    assert unicodedata.category(character)[0] in "CZ"
    assert (await asker.register(client_name=f"Ban{character}k")).refusal == INVALID


async def test_d4_markup_in_a_name_is_shown_as_text(asker: Asker) -> None:
    """ASVS 3.2.2."""
    await asker.register(
        client_name="<script>alert(1)</script>\"'>",
        client_uri="https://c.example/?a=<b>'".replace("<", "%3C").replace(">", "%3E"),
    )
    page = await asker.ask()
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("method", ["none", "client_secret_post"])
async def test_d5_client_cannot_promote_itself(asker: Asker, method: str) -> None:
    """RFC 9700 section 4.15; RFC 7591 section 2. One client is known by its id, the other one is stored."""
    claims = {
        "client_id": "client",
        "client_secret": "mine",
        "trusted": True,
        "skip_consent": True,
        "verified": True,
        "kind": "operator",
        "created_at": 1,
    }
    answer = await asker.register(**claims, token_endpoint_auth_method=method)
    assert answer.status == 201
    assert answer.json["client_id"] != "client"
    assert answer.json.get("client_secret") != "mine"
    assert not {"trusted", "skip_consent", "verified", "kind"} & set(answer.json)
    kept = await asker.service.clients.find(asker.client_id)
    assert kept is not None
    assert not kept.verified
    assert "Unverified application" in (await asker.ask()).text


async def test_d5_registering_again_changes_nobody_elses_client(asker: Asker) -> None:
    """RFC 7591 section 5: the id follows from all that was registered."""
    first = asker.client_id
    assert (await asker.register()).json["client_id"] == first
    for change in (
        {"redirect_uris": ["https://evil.example/cb"]},
        {"client_name": "Evil"},
        {"grant_types": ["authorization_code"]},
        {"scope": "notes:read"},
    ):
        assert (await asker.register(**change)).json["client_id"] != first
    kept = await asker.service.clients.find(first)
    assert kept is not None
    assert kept.redirect_uris == (REDIRECT_URI,)


async def test_d5_id_of_a_client_cannot_be_made_or_changed(asker: Asker) -> None:
    """RFC 7591 section 5: it holds the registration of a public client, with a MAC."""
    _, registration, mac = asker.client_id.split(".")
    other = json.loads(base64url.decode(registration))
    other[1] = ["https://evil.example/cb"]
    forged = base64url.encode(json.dumps(other).encode())
    for client_id in (
        f"client.{forged}.{mac}",
        f"client.{forged}.",
        f"client.{registration}.{mac[:-1]}",
        f"client.{registration}.{mac}.{mac}",
        f"client.{registration}.{mac}=",
        f"client.{registration}." + "\u00e9" * len(mac),
        f"client.{'A' * 100_000}.{mac}",
        "client.",
        "client..",
    ):
        assert await asker.service.clients.find(client_id) is None, client_id[:100]
        asker.client_id = client_id[:2000]
        assert (await asker.refresh("refresh_dead")).refusal == (401, "invalid_client")


async def test_d5_id_of_another_installation_is_unknown(asker: Asker) -> None:
    other = StatelessClients(Seal(b"another secret of 32 characters!"), asker.service.sources)
    mine = await asker.service.clients.find(asker.client_id)
    assert mine is not None
    theirs = other.issue(asdict(mine))
    assert theirs is not None
    assert theirs.rpartition(".")[0] == asker.client_id.rpartition(".")[0]
    assert await asker.service.clients.find(theirs) is None


@pytest.mark.parametrize("statement", ["eyJhbGciOiJub25lIn0.e30.", "x", 1, {}, ""])
async def test_d6_software_statements_are_refused(asker: Asker, statement: object) -> None:
    """RFC 7591 section 3.2.2: nobody is trusted to sign them."""
    assert (await asker.register(software_statement=statement)).refusal == (400, "invalid_software_statement")
