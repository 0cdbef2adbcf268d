"""Proofs of possession (RFC 9449)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from json import dumps, loads
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey

from mcpbase.seal import Seal
from mcpserver.oauth.keys.dpop import AGE, LEEWAY, MAX_JTI, MAX_SIZE, NONCE_LIFETIME, Presented, Proofs
from mcpserver.oauth.protocol.errors import InvalidDpopProof, UseDpopNonce
from mcpserver.sources import Sources

from ..conftest import Clock
from ..prover import Prover

URL = "https://server.example/token"
SEAL = Seal(bytes(32))


@pytest.fixture
def proofs(sources: Sources) -> Proofs:
    return Proofs(SEAL, sources)


@pytest.fixture
def prover(clock: Clock) -> Prover:
    return Prover(clock.now)


def refusal(proofs: Proofs, *values: str, url: str = URL, token: str | None = None) -> str:
    with pytest.raises(InvalidDpopProof) as caught:
        proofs.verify(Presented(values, "POST", url), token=token)
    return caught.value.description


def with_header(proof: str, **changes: Any) -> str:
    """The same proof under another header, which the signature does not cover any more."""
    header, _, rest = proof.partition(".")
    changed = loads(urlsafe_b64decode(header + "==")) | changes
    return urlsafe_b64encode(dumps(changed).encode()).rstrip(b"=").decode() + "." + rest


def test_example_of_the_standard() -> None:
    """RFC 9449 sections 4.1 and 6.1."""
    proof = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5Ijoi"
        "OVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6"
        "Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNy"
        "JK70nfbV37xRZT3Lg"
    )
    proofs = Proofs(SEAL, Sources(now=lambda: 1_562_262_616))
    assert (
        proofs.verify(Presented([proof], "POST", "https://server.example.com/token"))
        == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    )


def test_example_of_the_standard_with_an_access_token() -> None:
    """RFC 9449 section 7.1."""
    proof = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5Ijoi"
        "OVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1Ijoi"
        "aHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlp"
        "S0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
    )
    proofs = Proofs(SEAL, Sources(now=lambda: 1_562_262_618))
    presented = Presented([proof], "GET", "https://resource.example.org/protectedresource")
    assert (
        proofs.verify(presented, token="Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU")
        == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    )


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
)
def test_every_algorithm_that_is_advertised(proofs: Proofs, clock: Clock, key: ECKey | OKPKey, algorithm: str) -> None:
    """RFC 9449 section 5.1."""
    prover = Prover(clock.now, key, algorithm)
    assert proofs.verify(Presented([prover.proof("POST", URL)], "POST", URL)) == key.thumbprint()


@pytest.mark.parametrize(
    "claimed", ["HTTPS://Server.Example/token", "https://server.example:443/token", URL + "?a=b#c"]
)
def test_address_is_compared_as_addresses_are(proofs: Proofs, prover: Prover, claimed: str) -> None:
    """RFC 9449 section 4.3: without query and fragment, normalized (RFC 3986 section 6.2)."""
    assert proofs.verify(Presented([prover.proof("POST", claimed)], "POST", URL)) == prover.thumbprint


@pytest.mark.parametrize(
    "claimed",
    [
        "http://server.example/token",
        "https://server.example:444/token",
        "https://server.example/revoke",
        "https://[",
        "/token",
        "",
        7,
        None,
    ],
)
def test_proof_for_another_address(proofs: Proofs, prover: Prover, claimed: object) -> None:
    assert refusal(proofs, prover.proof("POST", URL, htu=claimed)) == "The proof is for another address."


@pytest.mark.parametrize("method", ["GET", "post", "", 7, None])
def test_proof_for_another_method(proofs: Proofs, prover: Prover, method: object) -> None:
    """RFC 9449 section 4.2: htm is the method as it stands, which is case-sensitive."""
    assert refusal(proofs, prover.proof("POST", URL, htm=method)) == "The proof is for another method."


@pytest.mark.parametrize("values", [0, 2])
def test_exactly_one_header(proofs: Proofs, prover: Prover, values: int) -> None:
    """RFC 9449 section 4.3, item 1."""
    assert refusal(proofs, *(prover.proof("POST", URL) for _ in range(values))) == "Send one DPoP header."


@pytest.mark.parametrize(("since", "holds"), [(AGE, True), (AGE + 1, False), (-LEEWAY, True), (-LEEWAY - 1, False)])
def test_proof_is_good_for_a_minute(proofs: Proofs, prover: Prover, clock: Clock, since: int, holds: bool) -> None:
    """RFC 9449 section 11.1."""
    proof = prover.proof("POST", URL)
    clock.now += since
    if holds:
        assert proofs.verify(Presented([proof], "POST", URL)) == prover.thumbprint
    else:
        assert "iat is more than 60 seconds ago" in refusal(proofs, proof)


@pytest.mark.parametrize("iat", ["1790000000", True, None, [1]])
def test_time_that_is_none(proofs: Proofs, prover: Prover, iat: object) -> None:
    assert refusal(proofs, prover.proof("POST", URL, iat=iat)).startswith("The proof's iat must be a number")


@pytest.mark.parametrize("jti", ["", "x" * (MAX_JTI + 1), 7, None])
def test_name_that_is_none(proofs: Proofs, prover: Prover, jti: object) -> None:
    assert refusal(proofs, prover.proof("POST", URL, jti=jti)).startswith("The proof's jti must be a string")


def test_proof_is_good_once(proofs: Proofs, prover: Prover) -> None:
    """RFC 9449 section 11.1."""
    proof = prover.proof("POST", URL)
    proofs.verify(Presented([proof], "POST", URL))
    assert refusal(proofs, proof) == "The proof was used before."


def test_proof_from_a_clock_that_is_ahead_is_good_once(proofs: Proofs, prover: Prover, clock: Clock) -> None:
    """To its last second: it is remembered as long as it could be used."""
    proof = prover.proof("POST", URL, iat=clock.now + LEEWAY)
    proofs.verify(Presented([proof], "POST", URL))
    clock.now += LEEWAY + AGE
    assert refusal(proofs, proof) == "The proof was used before."


def test_two_clients_may_choose_the_same_name(proofs: Proofs, prover: Prover, clock: Clock) -> None:
    for one in (prover, Prover(clock.now)):
        assert proofs.verify(Presented([one.proof("POST", URL, jti="1")], "POST", URL)) == one.thumbprint


def test_proof_that_was_refused_is_not_used_up(proofs: Proofs, prover: Prover) -> None:
    proof = prover.proof("POST", URL)
    refusal(proofs, proof, url=URL + "/x")
    assert proofs.verify(Presented([proof], "POST", URL)) == prover.thumbprint


def test_what_is_remembered_is_bounded(prover: Prover, sources: Sources) -> None:
    """The oldest makes room: memory is not a client's to fill."""
    proofs = Proofs(SEAL, sources, capacity=2)
    shown = [prover.proof("POST", URL) for _ in range(4)]
    for proof in shown:
        proofs.verify(Presented([proof], "POST", URL))
    assert refusal(proofs, shown[-1]) == "The proof was used before."
    assert proofs.verify(Presented([shown[0]], "POST", URL)) == prover.thumbprint


@pytest.mark.parametrize("token", ["other", ""])
def test_proof_for_another_access_token(proofs: Proofs, prover: Prover, token: str) -> None:
    """RFC 9449 section 4.3, item 12."""
    assert (
        refusal(proofs, prover.proof("POST", URL, token=token), token="token")
        == "The proof is not for this access token."
    )
    assert refusal(proofs, prover.proof("POST", URL), token="token") == "The proof is not for this access token."


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "xdpop+jwt", "text/dpop+jwt", None, 7])
def test_other_kinds_of_tokens_are_no_proofs(proofs: Proofs, prover: Prover, typ: object) -> None:
    """RFC 8725 section 3.11."""
    assert refusal(proofs, with_header(prover.proof("POST", URL), typ=typ)) == "The proof's typ must be dpop+jwt."


@pytest.mark.parametrize("typ", ["DPoP+jwt", "DPOP+JWT", "application/dpop+jwt"])
def test_type_is_a_media_type(proofs: Proofs, prover: Prover, typ: str) -> None:
    """RFC 7515 section 4.1.9."""
    assert proofs.verify(Presented([prover.proof("POST", URL, header={"typ": typ})], "POST", URL)) == prover.thumbprint


@pytest.mark.parametrize(
    "header", [{"nonce": "n"}, {"kid": 7}, {"iss": "x", "tty": 1}, {"x5c": ["A" * 2000]}, {"jwk.use": {"a": [1]}}]
)
def test_what_is_not_known_in_a_header_is_ignored(proofs: Proofs, prover: Prover, header: dict[str, Any]) -> None:
    """RFC 7515 section 4."""
    assert proofs.verify(Presented([prover.proof("POST", URL, header=header)], "POST", URL)) == prover.thumbprint


def test_header_is_bounded_as_a_whole(proofs: Proofs, prover: Prover) -> None:
    assert refusal(proofs, prover.proof("POST", URL, header={"filler": "x" * 4000})) == "The proof is malformed."


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES384", "es256", None, ["ES256"], {}])
def test_algorithms_that_are_not_offered(proofs: Proofs, prover: Prover, alg: object) -> None:
    """RFC 9449 section 4.3, item 5: asymmetric, and one of ours."""
    assert (
        refusal(proofs, with_header(prover.proof("POST", URL), alg=alg))
        == "The proof's alg must be one of ES256, Ed25519, EdDSA."
    )


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"crit": []}, {"b64": True}])
def test_extensions_that_must_be_understood_are_not(proofs: Proofs, prover: Prover, header: dict[str, Any]) -> None:
    """RFC 7515 section 4.1.11."""
    assert (
        refusal(proofs, with_header(prover.proof("POST", URL), **header))
        == "The proof asks for what is not understood here."
    )


def test_key_as_a_browser_exports_it(proofs: Proofs, prover: Prover) -> None:
    """Web Cryptography, JsonWebKey: with members that are no text."""
    exported = {**prover.key.as_dict(private=False), "ext": True, "key_ops": ["verify"]}
    assert (
        proofs.verify(Presented([prover.proof("POST", URL, header={"jwk": exported})], "POST", URL))
        == prover.thumbprint
    )


@pytest.mark.parametrize("jwk", [None, "x", []])
def test_key_that_is_none(proofs: Proofs, prover: Prover, jwk: object) -> None:
    assert refusal(proofs, with_header(prover.proof("POST", URL), jwk=jwk)) == "The proof's jwk must be a public key."


@pytest.mark.parametrize(
    "change",
    [{"x": "AA"}, {"x": "!"}, {"y": None}, {"x": "", "y": ""}, {"x": 7, "y": []}, {"x": "A" * 43, "y": "A" * 43}],
)
def test_key_that_is_no_point_of_its_curve(proofs: Proofs, prover: Prover, change: dict[str, Any]) -> None:
    """RFC 7518 section 6.2.2: else the signature is made for anybody."""
    members = {name: value for name, value in (prover.key.as_dict(private=False) | change).items() if value is not None}
    assert refusal(proofs, with_header(prover.proof("POST", URL), jwk=members)) in (
        "The proof's jwk is malformed.",
        "The proof's signature does not hold.",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"kty": "RSA"},
        {"kty": 7},
        {"crv": ["P-256"]},
    ],
)
def test_key_of_another_kind(proofs: Proofs, prover: Prover, change: dict[str, Any]) -> None:
    answer = refusal(proofs, with_header(prover.proof("POST", URL), jwk=prover.key.as_dict(private=False) | change))
    assert answer in (
        "The proof's jwk is not a key for ES256.",
        "The proof's jwk holds a private key: make a new one, this one is known to others now.",
    )


def test_private_key_in_a_proof(proofs: Proofs, prover: Prover) -> None:
    """RFC 9449 section 4.3, item 7; and the client is told what it did."""
    assert "private key" in refusal(proofs, prover.proof("POST", URL, header={"jwk": prover.key.as_dict(private=True)}))


def test_proof_with_somebody_elses_key(proofs: Proofs, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 4.3, item 6."""
    other = Prover(clock.now).key.as_dict(private=False)
    assert refusal(proofs, prover.proof("POST", URL, header={"jwk": other})) == "The proof's signature does not hold."


def test_proof_that_is_too_large(proofs: Proofs, prover: Prover) -> None:
    assert refusal(proofs, prover.proof("POST", URL, filler="x" * MAX_SIZE)) == "The proof is malformed."


@given(
    st.one_of(
        st.text(),
        st.lists(st.binary().map(lambda raw: urlsafe_b64encode(raw).rstrip(b"=").decode()), min_size=3, max_size=3).map(
            ".".join
        ),
    )
)
def test_noise_is_refused(text: str) -> None:
    proofs = Proofs(SEAL, Sources(now=lambda: 1_790_000_000))
    assert refusal(proofs, text).startswith("The proof")


class TestNonces:
    """RFC 9449 sections 8 and 9."""

    @pytest.fixture
    def proofs(self, sources: Sources) -> Proofs:
        return Proofs(SEAL, sources, nonces=True)

    def nonce(self, proofs: Proofs, proof: str) -> str:
        with pytest.raises(UseDpopNonce) as caught:
            proofs.verify(Presented([proof], "POST", URL))
        return caught.value.nonce

    def test_nonce_is_asked_for_and_taken(self, proofs: Proofs, prover: Prover) -> None:
        nonce = self.nonce(proofs, prover.proof("POST", URL))
        for _ in range(2):
            assert proofs.verify(Presented([prover.proof("POST", URL, nonce=nonce)], "POST", URL)) == prover.thumbprint

    def test_nonce_is_good_in_every_process_of_an_installation(
        self, proofs: Proofs, prover: Prover, sources: Sources
    ) -> None:
        nonce = self.nonce(proofs, prover.proof("POST", URL))
        other = Proofs(SEAL, sources, nonces=True)
        assert other.verify(Presented([prover.proof("POST", URL, nonce=nonce)], "POST", URL)) == prover.thumbprint

    def test_nonce_goes_stale(self, proofs: Proofs, prover: Prover, clock: Clock) -> None:
        nonce = self.nonce(proofs, prover.proof("POST", URL))
        clock.now += NONCE_LIFETIME - 1
        assert proofs.verify(Presented([prover.proof("POST", URL, nonce=nonce)], "POST", URL)) == prover.thumbprint
        clock.now += 1
        assert self.nonce(proofs, prover.proof("POST", URL, nonce=nonce)) != nonce

    def test_proof_does_not_come_back_while_its_nonce_lives(self, proofs: Proofs, prover: Prover, clock: Clock) -> None:
        proof = prover.proof("POST", URL, nonce=self.nonce(proofs, prover.proof("POST", URL)))
        proofs.verify(Presented([proof], "POST", URL))
        clock.now += NONCE_LIFETIME - 1
        assert refusal(proofs, proof) == "The proof was used before."

    @pytest.mark.parametrize("nonce", ["", "x", 7, [], "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c"])
    def test_invented_nonce(self, proofs: Proofs, prover: Prover, nonce: object) -> None:
        assert self.nonce(proofs, prover.proof("POST", URL, nonce=nonce))

    def test_something_else_that_was_sealed_here_is_no_nonce(self, proofs: Proofs, prover: Prover) -> None:
        assert self.nonce(proofs, prover.proof("POST", URL, nonce=SEAL.seal(b"1790000000", purpose="consent")))

    def test_clock_of_the_client_does_not_matter(self, proofs: Proofs, prover: Prover) -> None:
        nonce = self.nonce(proofs, prover.proof("POST", URL))
        assert (
            proofs.verify(Presented([prover.proof("POST", URL, nonce=nonce, iat=1)], "POST", URL)) == prover.thumbprint
        )
