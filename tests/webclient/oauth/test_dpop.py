"""Proofs of possession: RFC 9449's own values, and a server that takes nothing else."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.webclient.browser import Browser
from tests.webclient.conftest import Running, browser, client
from tests.webclient.foreign import Foreign
from tests.webclient.proofs import read_proof
from webclient import FlowError, MemoryTokenStore, Preferences, connect
from webclient.oauth.context import Nonces
from webclient.oauth.dpop import proof, target, token_digest
from webclient.oauth.signing import SEED, new_key, public, thumbprint
from webclient.sources import Sources

from .conftest import Person

__all__ = ["browser", "client"]

KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
}
"""The public key of the proofs in RFC 9449 section 4.1."""
SOURCES = Sources(now=lambda: 1_562_262_616.0)


def test_digest_of_the_token_is_that_of_the_rfc() -> None:
    """RFC 9449 section 7.1, figures 12 and 13."""
    assert token_digest("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU") == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def test_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 9449 section 6.1, figure 8."""
    assert thumbprint(KEY) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize("seed", [b"\x00" * SEED, b"\xff" * SEED, b"\x01" * SEED])
def test_proof_is_one_for_its_request_only(seed: bytes) -> None:
    """RFC 9449 section 4.2: htu without query and fragment, and nothing private in the header."""
    key = new_key(seed)
    made = proof(key, SOURCES, "POST", "https://a.example/mcp?x=1#y", nonce="n", token="t")
    jkt, claims = read_proof([made], "POST", "https://a.example/mcp", "t")
    assert jkt == thumbprint(key)
    assert (claims["iat"], claims["nonce"], len(claims["jti"])) == (1_562_262_616, "n", 43)
    assert proof(key, SOURCES, "POST", "https://a.example/mcp") != made
    assert (
        "ath"
        not in jwt.decode(
            proof(key, SOURCES, "GET", "https://a.example/"), ECKey.import_key(public(key)), algorithms=["ES256"]
        ).claims
    )


def test_target_keeps_everything_before_the_query() -> None:
    assert target("https://a.example:8443/x/y?z=1") == "https://a.example:8443/x/y"


def test_nonces_are_kept_apart_by_origin_and_bounded() -> None:
    """RFC 9449 section 8.2, and section 8.1 for what a nonce is made of."""
    nonces = Nonces()
    nonces.learn("https://a.example/token", "one")
    nonces.learn("https://b.example/token", "two")
    for unusable in (None, "", "x" * 2000, "a\nb", "ä"):
        nonces.learn("https://a.example/other", unusable)
    assert (
        nonces.of("https://a.example/elsewhere"),
        nonces.of("https://b.example/"),
        nonces.of("https://a.example:444/"),
    ) == ("one", "two", None)
    for number in range(200):
        nonces.learn(f"https://{number}.example/", "n")
    assert nonces.of("https://a.example/") is None


@pytest.mark.parametrize("nonces", [False, True])
async def test_program_proves_what_it_holds(foreign: Foreign, person: Person, nonces: bool) -> None:
    """RFC 9449 sections 5, 7 and 8: the server's challenge switches proofs on, and its nonces are used."""
    foreign.lies.dpop, foreign.lies.dpop_nonces = True, nonces
    store = MemoryTokenStore()
    async with connect(foreign.url, token_store=store, open_browser=person) as client:
        await client.call_tool("whoami")
    foreign.access.clear()
    async with connect(foreign.url, token_store=store, open_browser=None) as client:
        await client.call_tool("whoami")
    assert len(set(foreign.keys.values())) == 1
    assert len(person.visited) == 1
    assert [each.form["grant_type"] for each in foreign.asked("/token")][-1] == "refresh_token"


@pytest.mark.parametrize("nonces", [False, True])
async def test_pages_prove_what_they_hold(browser: Browser, client: Running, foreign: Foreign, nonces: bool) -> None:
    """RFC 9449 section 7: with the same key from the code to the last refresh, across a restart."""
    foreign.lies.dpop, foreign.lies.dpop_nonces = True, nonces
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    await client.stop()
    await client.start()
    foreign.access.clear()
    page = await browser.call(page, "whoami")
    assert "returned" in page.text
    assert len(set(foreign.keys.values())) == 1


async def test_server_that_wants_proofs_from_now_on_is_signed_in_to_anew(foreign: Foreign, person: Person) -> None:
    """RFC 9449 section 7.2: a bearer token cannot become a bound one."""
    store = MemoryTokenStore()
    async with connect(foreign.url, token_store=store, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.lies.dpop = True
        await client.call_tool("whoami")
    assert len(person.visited) == 2


async def test_unbound_token_is_not_used_where_a_bound_one_was_wanted(foreign: Foreign, person: Person) -> None:
    """RFC 9449 section 5: the client must discard it."""
    async with connect(foreign.url, preferences=Preferences(dpop=True), open_browser=person) as client:
        with pytest.raises(FlowError, match="not bound to this client's key"):
            await client.call_tool("whoami")
    assert all("Authorization" not in each.headers for each in foreign.asked("/mcp"))


async def test_server_that_cannot_check_our_proofs_is_told_apart(foreign: Foreign, person: Person) -> None:
    foreign.lies.extra_metadata = {"dpop_signing_alg_values_supported": ["RS256"]}
    async with connect(foreign.url, preferences=Preferences(dpop=True), open_browser=person) as client:
        with pytest.raises(FlowError, match="only in RS256"):
            await client.call_tool("whoami")
    assert person.visited == []
