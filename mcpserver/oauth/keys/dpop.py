"""DPoP (RFC 9449): proof that the sender of a token, or of a token request, holds the key that it is bound to."""

import hashlib
import hmac
import json
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from attrs import frozen

from mcpbase import base64url
from mcpbase.seal import Seal, SealBroken

from ...sources import Sources
from ..protocol import InvalidDpopProof, UseDpopNonce
from .public_keys import InvalidKey, read_key
from .signing import BadSignature
from .verification import media_type, signed_claims

PROOF_ALGORITHMS = ("ES256", "Ed25519", "EdDSA")
MAX_SIZE = 6144
"""Characters of a proof; a usual one has 500."""
AGE = 60
"""Seconds that a proof is valid, by its ``iat``, when no nonces are used."""
LEEWAY = 30
"""Seconds by which a client's clock may be ahead of the server's."""
NONCE_LIFETIME = 300
"""Seconds that a nonce is valid."""
MAX_JTI = 256
MAX_HEADER = 4096
"""Characters of a proof's header, which holds its key; a usual one has 250, more with a certificate."""

_TYPE = "dpop+jwt"
_NONCE = "dpop nonce"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_PORTS = {"https": 443, "http": 80}


@frozen
class Presented:
    """The proof in a request: every value of its DPoP header, and the method and URL that it must name.

    ``url`` is made from the public URL: anybody can write a Host header.
    """

    values: Sequence[str]
    method: str
    url: str


class Proofs:
    """Verifies proofs. ``required`` refuses requests without one; ``nonces`` requires a recent nonce of this server in
    each proof.

    A proof is accepted once, as far as ``capacity`` recent proofs are remembered (200 bytes each). ``relay`` is called
    with each proof that was used, for the ``hear`` of other processes: until they have heard of it, a fraction of a
    second later, replay there is limited by the URL and the token that the proof names.
    """

    def __init__(
        self, seal: Seal, sources: Sources, *, required: bool = False, nonces: bool = False, capacity: int = 100_000
    ) -> None:
        self.required = required
        self._seal = seal
        self._sources = sources
        self._nonces = nonces
        self._capacity = capacity
        self._kept = NONCE_LIFETIME + LEEWAY
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        self.relay: Callable[..., None] = _nothing

    def verify(self, presented: Presented, *, token: str | None = None) -> str:
        """Verify a proof (RFC 9449 section 4.3); return the thumbprint of its key (section 6.1). ``token`` is the
        access token in the request.

        Raises InvalidDpopProof, or UseDpopNonce with a nonce to use.
        """
        _require(len(presented.values) == 1, "Send one DPoP header.")
        thumbprint, claims = _decode(presented.values[0])
        jti = claims.get("jti")
        _require(
            isinstance(jti, str) and 0 < len(jti) <= MAX_JTI,
            f"The proof's jti must be a string of at most {MAX_JTI} characters.",
        )
        _require(claims.get("htm") == presented.method, "The proof is for another method.")
        _require(_same_address(claims.get("htu"), presented.url), "The proof is for another address.")
        if token is not None:
            _require(_same_token(claims.get("ath"), token), "The proof is not for this access token.")
        self._require_fresh(claims)
        self._require_first(thumbprint, str(jti))
        return thumbprint

    def _require_fresh(self, claims: dict[str, object]) -> None:
        """Check the age (section 11.1): a nonce tells it by the server's clock; without one, the client's
        clock counts.
        """
        issued_at = claims.get("iat")
        if isinstance(issued_at, bool) or not isinstance(issued_at, int | float) or not math.isfinite(issued_at):
            raise InvalidDpopProof("The proof's iat must be a number.")
        if (
            self._nonces or self._sources.now() - self._sources.machine_now() > LEEWAY
        ):  # the clocks disagree: only a nonce tells the age
            if not self._is_ours(claims.get("nonce")):
                raise UseDpopNonce(self._seal.seal(str(self._sources.now()).encode(), purpose=_NONCE))
        else:
            now = self._sources.now()
            _require(
                now - AGE <= issued_at <= now + LEEWAY,
                f"The proof's iat is more than {AGE} seconds ago, or ahead of the server's clock.",
            )

    def _is_ours(self, nonce: object) -> bool:
        """Return whether a nonce is valid. Every process with the installation's secret can tell; nothing is stored."""
        try:
            made_at = int(self._seal.open(nonce, purpose=_NONCE)) if isinstance(nonce, str) else 0
        except SealBroken:
            return False
        return -LEEWAY <= self._sources.now() - made_at < NONCE_LIFETIME

    def _require_first(self, thumbprint: str, jti: str) -> None:
        """Refuse a replay. This check comes last, so that a proof that is refused for another reason is not used up."""
        self._make_room()
        digest = hashlib.sha256(f"{thumbprint} {jti}".encode(errors="surrogatepass")).digest()
        _require(digest not in self._seen, "The proof was used before.")
        self._seen[digest] = self._sources.now() + self._kept
        self.relay(digest.hex())

    def hear(self, digest: str, *, times: int = 1) -> None:
        """Remember a proof that was used in another process."""
        self._make_room()
        self._seen.setdefault(bytes.fromhex(digest), self._sources.now() + self._kept)

    def _make_room(self) -> None:
        now = self._sources.now()
        while self._seen and (len(self._seen) > self._capacity or next(iter(self._seen.values())) <= now):
            self._seen.popitem(last=False)


def _nothing(*words: str) -> None:
    """What ``relay`` does by default."""


def is_thumbprint(text: str) -> bool:
    """Return whether ``text`` can be a SHA-256 JWK thumbprint (RFC 7638 section 3)."""
    return re.fullmatch(r"[A-Za-z0-9_-]{43}", text) is not None


def _decode(proof: str) -> tuple[str, dict[str, object]]:
    """Return the thumbprint of the key and the claims of a proof with a valid signature (section 4.2)."""
    _require(
        len(proof) <= MAX_SIZE and proof.find(".") <= MAX_HEADER and _COMPACT.fullmatch(proof) is not None,
        "The proof is malformed.",
    )
    encoded = proof.partition(".")[0]
    try:
        header = json.loads(base64url.decode(encoded))
    except (ValueError, RecursionError) as error:
        raise InvalidDpopProof("The proof is malformed.") from error
    _require(isinstance(header, dict) and media_type(header.get("typ")) == _TYPE, f"The proof's typ must be {_TYPE}.")
    algorithm = header.get("alg")
    _require(algorithm in PROOF_ALGORITHMS, f"The proof's alg must be one of {', '.join(PROOF_ALGORITHMS)}.")
    _require("crit" not in header and "b64" not in header, "The proof asks for what is not understood here.")
    try:
        key = read_key(header.get("jwk"), algorithm=algorithm)
    except InvalidKey as error:
        raise InvalidDpopProof(f"The proof's jwk {error}.") from error
    try:
        claims = signed_claims(proof, key, str(algorithm))
    except BadSignature as error:
        raise InvalidDpopProof("The proof's signature does not hold.") from error
    return key.thumbprint(), claims


def _same_address(claimed: object, url: str) -> bool:
    """Compare URLs without query and fragment (section 4.3), normalized as in RFC 3986 section 6.2."""
    try:
        return isinstance(claimed, str) and _address(claimed) == _address(url)
    except ValueError:
        return False


def _address(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"


def _same_token(claimed: object, token: str) -> bool:
    """Compare ``ath`` with the SHA-256 of the token's ASCII (section 4.2)."""
    expected = base64url.encode(hashlib.sha256(token.encode("ascii")).digest()).encode()
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(errors="surrogatepass"), expected)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidDpopProof(message)
