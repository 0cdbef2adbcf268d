"""Signatures of others (RFC 7515): whether a key made one. What their headers say beyond algorithm and key is nobody's business here."""

from copy import copy

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.registry import Header

from .public_keys import ALGORITHMS, PublicKey
from .signing import BadSignature


class _AnyHeader(JWSRegistry):
    """RFC 7515 section 4: members that are not understood are ignored. Whoever reads the header first bounds it and refuses ``crit``."""

    max_header_length = 64 * 1024

    def check_header(self, header: Header) -> None:
        """Nothing is asked of them."""


def _registry(algorithm: str) -> JWSRegistry:
    """For one algorithm only. joserfc warns at each use of the name EdDSA, which most signers still write (RFC 8037 section 3.1)."""
    registry = _AnyHeader(algorithms=[algorithm])
    chosen = copy(registry.algorithms[algorithm])
    chosen.security_warning = None
    registry.algorithms = {algorithm: chosen}
    return registry


_REGISTRIES = {algorithm: _registry(algorithm) for algorithm in ALGORITHMS}


def signed_claims(compact: str, key: PublicKey, algorithm: str) -> dict[str, object]:
    """The claims of a JWT that the key signed with one of ``ALGORITHMS``. Raises BadSignature."""
    try:
        return jwt.decode(compact, key, registry=_REGISTRIES[algorithm]).claims
    except (JoseError, ValueError, RecursionError) as error:
        raise BadSignature from error


def media_type(typ: object) -> str | None:
    """The ``typ`` of a header (RFC 7515 section 4.1.9): letter case means nothing, and ``application/`` in front may be left out."""
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else None
